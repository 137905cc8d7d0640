use aws_config::{BehaviorVersion, Region, SdkConfig};

use super::*;

fn clients() -> Clients {
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"));
    aws.build().into()
}

fn cluster(brokers: &str, security: &str) -> Result<KafkaCluster, ConfigError> {
    let brokers = ("KAFKA_BOOTSTRAP_SERVERS", brokers);
    Env::from_pairs([brokers, ("KAFKA_SECURITY", security)]).read()
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
