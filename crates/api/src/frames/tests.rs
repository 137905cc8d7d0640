use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn id(text: &str) -> SubscriptionId {
    SubscriptionId::parse(text).unwrap()
}

fn read(frame: &Frame) -> Value {
    serde_json::from_slice(&frame.body()).unwrap()
}

#[test]
fn a_result_stands_under_the_id_of_its_subscription() {
    let result = Bytes::from_static(br#"{"data":{"onMarket":{"tick":"1"}}}"#);
    let frame = JsonFrames.next(&id("7"), &result);
    let expected = r#"{"id":"7","type":"next","payload":{"data":{"onMarket":{"tick":"1"}}}}"#;
    assert_eq!(frame.body(), expected);
    assert_eq!(frame.size(), expected.len());
}

#[test]
fn each_end_says_why() {
    let errors = Bytes::from_static(br#"[{"message":"no"}]"#);
    let expected = r#"{"id":"7","type":"error","payload":[{"message":"no"}]}"#;
    assert_eq!(JsonFrames.error(&id("7"), &errors).body(), expected);

    let code = |frame: &Frame| {
        let frame = read(frame);
        assert_eq!(
            (&frame["id"], &frame["type"]),
            (&json!("7"), &json!("error"))
        );
        assert!(frame["payload"][0]["message"].is_string(), "{frame}");
        frame["payload"][0]["extensions"]["code"].clone()
    };
    assert_eq!(code(&JsonFrames.lost(&id("7"))), "UNAVAILABLE");
    let expired = JsonFrames.expired(&id("7"));
    assert_eq!(code(&expired[0]), "UNAUTHENTICATED");
    assert_eq!(read(&expired[1]), json!({"id": "7", "type": "complete"}));
    assert_eq!(expired.len(), 2);
}

proptest! {
    #[test]
    fn whatever_the_id_it_is_read_as_it_was_written(text in "[^\\p{Cc}]{1,64}") {
        let frame = read(&JsonFrames.next(&id(&text), &Bytes::from_static(b"{}")));
        prop_assert_eq!(frame, json!({"id": text, "type": "next", "payload": {}}));
    }
}
