use std::time::Duration;

use super::*;

fn environment(messages: MessageTarget, aws: Option<&str>) -> IndexMap<String, String> {
    let options = RuntimeOptions {
        bin_dir: "bin".into(),
        environment: [("EXTRA".to_owned(), "command line".to_owned())].into(),
        endpoints: Endpoints {
            dynamodb: Some("http://dynamodb".to_owned()),
            messages,
            aws: aws.map(str::to_owned),
            ..Endpoints::default()
        },
        idle: Duration::ZERO,
        init: Duration::ZERO,
    };
    let own = [("EXTRA", "template"), (LISTEN_ADDRESS, "0.0.0.0:8002")];
    let service = Service {
        name: "mail".to_owned(),
        port: 8002,
        environment: own.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        health_check: Vec::new(),
    };
    of_service(&service, "127.0.0.1:1", &options)
}

#[test]
fn a_service_listens_where_it_is_told_and_the_command_line_wins() {
    let environment = environment(MessageTarget::Endpoint("http://outbox".to_owned()), None);
    assert_eq!(environment[LISTEN_ADDRESS], "127.0.0.1:1");
    assert_eq!(environment["EXTRA"], "command line");
    assert_eq!(environment["AWS_ENDPOINT_URL_SES"], "http://outbox");
    assert_eq!(environment["AWS_ENDPOINT_URL_SNS"], "http://outbox");
    assert_eq!(environment["AWS_ENDPOINT_URL_DYNAMODB"], "http://dynamodb");
    assert_eq!(environment["AWS_ACCESS_KEY_ID"], "local");
}

#[test]
fn messages_go_where_everything_goes_unless_they_really_go_out() {
    let all = environment(MessageTarget::Default, Some("http://localstack"));
    assert_eq!(all["AWS_ENDPOINT_URL"], "http://localstack");
    assert!(!all.contains_key("AWS_ENDPOINT_URL_SES"));

    let real = environment(MessageTarget::Aws, Some("http://localstack"));
    let kept = real
        .keys()
        .any(|name| name.ends_with("_URL") || name.ends_with("_SES"));
    assert!(!kept, "{real:?}");
    assert_ne!(
        real.get("AWS_ACCESS_KEY_ID").map(String::as_str),
        Some("local")
    );
}
