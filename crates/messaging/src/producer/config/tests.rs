use aws_credential_types::Credentials;

use super::*;

pub(in crate::producer) fn iam() -> Security {
    let credentials = Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI",
        Some("session".into()),
        None,
        "test",
    );
    Security::Iam {
        region: "eu-central-1".into(),
        credentials: SharedCredentialsProvider::new(credentials),
    }
}

#[test]
fn librdkafka_takes_both_configurations() {
    for security in [Security::Plaintext, iam()] {
        let config = KafkaConfig::new("localhost:9092", security).client_config();
        config
            .create_native_config()
            .expect("every key and value is valid");
    }
}

#[test]
fn iam_is_oauthbearer_over_tls_with_amazons_roots() {
    let config = KafkaConfig::new("b-1:9098", iam()).client_config();
    assert_eq!(config.get("security.protocol"), Some("sasl_ssl"));
    assert_eq!(config.get("sasl.mechanism"), Some("OAUTHBEARER"));
    let roots = config.get("ssl.ca.pem").unwrap();
    assert_eq!(roots.matches("-----BEGIN CERTIFICATE-----").count(), 5);
}

#[test]
fn records_are_neither_lost_nor_doubled() {
    let config = KafkaConfig::new("localhost:9092", Security::Plaintext).client_config();
    assert_eq!(config.get("enable.idempotence"), Some("true"));
    assert_eq!(config.get("acks"), Some("all"));
    assert_eq!(config.get("partitioner"), Some("murmur2_random"));
}
