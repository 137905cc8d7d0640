use indexmap::IndexMap;

use super::*;

fn text(body: &str) -> Message {
    Message {
        kind: Channel::Sms,
        to: "+4930901820".to_owned(),
        from: None,
        subject: None,
        text: Some(body.to_owned()),
        html: None,
        attributes: IndexMap::new(),
    }
}

fn id(result: CaptureResult) -> String {
    match result {
        CaptureResult::Captured(id) => id,
        CaptureResult::AnswerLost | CaptureResult::Throttled => panic!("not captured"),
    }
}

#[test]
fn duplicates_name_the_first_of_them() {
    let outbox = Capture::default();
    let first = id(outbox.take(text("one"), 1));
    for body in ["two", "one", "one"] {
        outbox.take(text(body), 1);
    }
    let other = Message {
        to: "+4930901821".to_owned(),
        ..text("one")
    };
    outbox.take(other, 1);
    let duplicates: Vec<_> = outbox
        .messages()
        .into_iter()
        .map(|captured| captured.duplicate_of)
        .collect();
    assert_eq!(
        duplicates,
        [None, None, Some(first.clone()), Some(first), None]
    );
}

#[test]
fn only_the_newest_are_kept() {
    let outbox = Capture::default();
    for number in 0..=KEPT {
        outbox.take(text(&number.to_string()), 1);
    }
    let messages = outbox.messages();
    assert_eq!((messages.len(), messages[0].number), (KEPT, 2));
    assert_eq!(outbox.snapshot()["total"], 1001);
}

#[test]
fn faults_come_in_their_order_and_are_counted() {
    let outbox = Capture::default();
    outbox.set_faults(Faults {
        throttle: 1,
        lose_answers: 1,
    });
    assert!(matches!(
        outbox.take(text("a"), 1),
        CaptureResult::Throttled
    ));
    assert!(outbox.messages().is_empty());
    assert!(matches!(
        outbox.take(text("a"), 2),
        CaptureResult::AnswerLost
    ));
    assert!(matches!(
        outbox.take(text("a"), 3),
        CaptureResult::Captured(_)
    ));
    let snapshot = outbox.snapshot();
    assert_eq!(
        (&snapshot["total"], &snapshot["throttled"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(snapshot["messages"][1]["attempt"], 3);
    assert_eq!(
        snapshot["messages"][1]["duplicate_of"],
        snapshot["messages"][0]["message_id"]
    );
}

#[test]
fn the_sdk_tells_its_attempts() {
    let attempt = |value: &'static str| {
        let header = ("amz-sdk-request".parse().unwrap(), value.parse().unwrap());
        attempt(&HeaderMap::from_iter([header]))
    };
    assert_eq!(attempt("attempt=2; max=5"), 2);
    assert_eq!(attempt("ttl=20260101T000000Z; attempt=3; max=5"), 3);
    assert_eq!(attempt("max=5"), 1);
}
