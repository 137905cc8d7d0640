use std::num::NonZeroU32;

use super::*;

#[test]
fn arguments_are_sound() {
    use clap::CommandFactory;
    Args::command().debug_assert();
}

#[test]
fn values_may_hold_equals_signs() {
    let args = Args::parse_from(["emulator", "--parameter", "A=b=c", "--env", "E="]);
    assert_eq!(args.template.parameters()["A"], "b=c");
    assert_eq!(args.environment()["E"], "");
}

#[test]
fn messages_are_delivered_by_aws_or_at_a_url() {
    let deliver =
        |value| Args::try_parse_from(["emulator", "--deliver", value]).map(|args| args.deliver);
    assert_eq!(deliver("aws").unwrap(), Some(MessageTarget::Aws));
    let url = "http://localhost:4566";
    assert_eq!(
        deliver(url).unwrap(),
        Some(MessageTarget::Endpoint(url.to_owned()))
    );
    assert!(deliver("localstack").is_err());
}

#[test]
fn a_parameter_without_value_is_refused() {
    assert!(Args::try_parse_from(["emulator", "--parameter", "A"]).is_err());
    assert!(Args::try_parse_from(["emulator", "--concurrency", "0"]).is_err());
    assert!(Args::try_parse_from(["emulator", "--service-port", "mail=70000"]).is_err());
}

#[test]
fn a_trigger_has_a_consumer_for_each_partition_unless_limited() {
    let limit = |arguments: &[&str]| {
        let arguments = ["emulator"].iter().chain(arguments);
        Args::try_parse_from(arguments).map(|args| args.consumers.consumers_per_trigger)
    };
    let max = ConsumerLimit::OnePerPartition;
    assert_eq!(limit(&[]).unwrap(), max);
    assert_eq!(limit(&["--consumers-per-trigger", "max"]).unwrap(), max);
    let three = ConsumerLimit::AtMost(NonZeroU32::new(3).unwrap());
    assert_eq!(limit(&["--consumers-per-trigger", "3"]).unwrap(), three);
    for refused in ["0", "-1", "many"] {
        assert!(limit(&["--consumers-per-trigger", refused]).is_err());
    }
}

#[test]
fn only_the_embedded_broker_has_a_port() {
    let port = |arguments: &[&str]| {
        let arguments = ["emulator"].iter().chain(arguments);
        Args::try_parse_from(arguments).map(|args| args.kafka_port)
    };
    assert_eq!(port(&[]).unwrap(), 0);
    assert_eq!(port(&["--kafka-port", "9092"]).unwrap(), 9092);
    for option in ["--kafka-port=9092", "--kafka-hint=Run: make kafka"] {
        assert!(port(&[option, "--kafka", "localhost:9092"]).is_err());
    }
}
