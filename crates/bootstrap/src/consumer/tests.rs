use std::time::Duration;

use app::Error;
use messaging::producer::{KafkaConfig, Security};
use serde_json::{Value, json};

use super::*;

/// Dead letters for a broker that nobody runs.
fn unreachable() -> DeadLetters {
    DeadLetters::with_config(KafkaConfig {
        delivery_timeout: Duration::from_secs(1),
        ..KafkaConfig::new("127.0.0.1:1", Security::Plaintext)
    })
}

fn event(records: &Value) -> KafkaEvent {
    serde_json::from_value(json!({"records": {"t-0": records}})).unwrap()
}

/// A record that no consumer takes.
fn stranger() -> Value {
    json!([{"topic": "t", "partition": 0, "offset": 7}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_dead_letters_can_not_be_published_fails() {
    let handle = async |_: &mut Batch, _| Ok(());
    let processed = process("test", event(&stranger()), &unreachable(), &handle).await;
    let error = processed.unwrap_err();
    assert!(
        matches!(error, Error::Unavailable { what: "Kafka", .. }),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_without_dead_letters_needs_no_broker() {
    let handle = async |_: &mut Batch, _| Ok(());
    let processed = process("test", event(&json!([])), &unreachable(), &handle).await;
    processed.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_not_handled_fails_and_leaves_no_dead_letters() {
    let handle = async |_: &mut Batch, _| {
        Err(Error::Unavailable {
            what: "DynamoDB",
            source: "down".into(),
        })
    };
    let processed = process("test", event(&stranger()), &unreachable(), &handle).await;
    let error = processed.unwrap_err();
    let what = "DynamoDB";
    assert!(
        matches!(error, Error::Unavailable { what: found, .. } if found == what),
        "{error:?}"
    );
}
