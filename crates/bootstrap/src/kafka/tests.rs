use aws_config::{BehaviorVersion, Region, SdkConfig};
use messaging::codec::DeadLetter;

use super::*;

fn clients() -> Clients {
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"));
    aws.build().into()
}

fn cluster(brokers: &str, security: &str) -> Result<KafkaCluster, ConfigError> {
    let brokers = ("KAFKA_BOOTSTRAP_SERVERS", brokers);
    let prefix = ("KAFKA_TOPIC_PREFIX", "");
    Env::from_pairs([brokers, ("KAFKA_SECURITY", security), prefix]).read()
}

#[test]
fn a_bad_variable_is_named() {
    let error = cluster("b:9092", "tls").unwrap_err().to_string();
    assert_eq!(
        error,
        "KAFKA_SECURITY is \"tls\": neither of the two; it must be `iam` or `plaintext`"
    );
    let error = cluster("", "plaintext").unwrap_err().to_string();
    assert!(
        error.starts_with("KAFKA_BOOTSTRAP_SERVERS is not set"),
        "{error}"
    );
}

#[test]
fn topics_have_the_prefix_of_the_environment_which_may_be_empty_but_not_missing() {
    let read = |prefix: Option<&str>| {
        let prefix = prefix.map_or(("OTHER", ""), |prefix| ("KAFKA_TOPIC_PREFIX", prefix));
        let security = ("KAFKA_SECURITY", "plaintext");
        Env::from_pairs([("KAFKA_BOOTSTRAP_SERVERS", "b:9092"), security, prefix])
            .read::<KafkaCluster>()
    };
    let name = |prefix| {
        let config = config(&clients(), &read(Some(prefix)).unwrap()).unwrap();
        config.topics.name(DeadLetter::TOPIC).to_owned()
    };
    assert_eq!(name(""), "dead.letter");
    assert_eq!(name("blue."), "blue.dead.letter");
    assert_eq!(
        read(None).unwrap_err().to_string(),
        "KAFKA_TOPIC_PREFIX is not set; it must be what the names of topics begin with, or empty"
    );
}

#[tokio::test]
async fn iam_needs_credentials() {
    let cluster = cluster("b:9098", "iam").unwrap();
    let error = producer(&clients(), &cluster).err().unwrap();
    assert_eq!(
        error.to_string(),
        "KAFKA_SECURITY is iam, which needs credentials"
    );
}

#[tokio::test]
async fn a_local_producer_starts_without_a_broker() {
    let cluster = cluster("localhost:1", "plaintext").unwrap();
    assert!(producer(&clients(), &cluster).is_ok());
}
