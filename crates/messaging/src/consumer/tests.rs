use app::ticks::Registration;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::PriceUpdate;
use serde_json::{Value, json};

use super::*;

/// 2026-01-01T00:00:05Z.
const TICK: u64 = 353_445_121;
const NOW_MS: u64 = TICK * 5000 + 40;
const USER: &str = "019b76da-a800-7000-8000-000000000001";

fn record(topic: &str, offset: i64, value: &str) -> Value {
    json!({
        "topic": topic, "partition": 3, "offset": offset,
        "key": STANDARD.encode(USER), "value": STANDARD.encode(value),
    })
}

fn price(offset: i64, tick: u64, at: &str) -> Value {
    let value = json!({
        "user_id": USER, "tick": tick, "price": "101.20", "previous": "101.05", "at": at,
    });
    record("user.price.update", offset, &value.to_string())
}

fn batch(records: &[Value]) -> Batch {
    let event = serde_json::from_value(json!({"records": {"p-3": records}})).unwrap();
    Batch::new("price-fanout", &TopicNames::default(), event, NOW_MS)
}

fn offsets(letters: &[DeadLetter]) -> Vec<i64> {
    letters.iter().map(|letter| letter.source_offset).collect()
}

#[test]
fn what_can_not_be_processed_becomes_a_dead_letter_and_the_rest_is_taken() {
    let mut batch = batch(&[
        record("user.price.update", 1, "{not json"),
        record("user.price.update", 2, "{}"),
        record("user.registered", 3, "{}"),
        record("other.topic", 4, "x"),
        price(5, 361_000_000, "2027-03-14T04:53:20Z"),
        price(6, TICK, "2026-01-01T00:00:05Z"),
    ]);
    let taken = batch.take::<PriceUpdate>();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].0.tick, taken[0].1.offset), (Tick(TICK), 6));
    let dead = batch.into_dead_letters();
    assert_eq!(offsets(&dead), [1, 2, 5, 3, 4]);
    assert_eq!(dead[0].value.as_deref(), Some(&b"{not json"[..]));
    assert_eq!(dead[0].key.as_deref(), Some(USER.as_bytes()));
    assert_eq!(dead[0].source_topic, "user.price.update");
    assert_eq!(dead[0].source_partition, 3);
    assert!(
        dead.iter()
            .all(|dead| dead.failed_function == "price-fanout")
    );
    assert!(dead[0].reason.contains("JSON"), "{}", dead[0].reason);
    assert!(
        dead[2].reason.contains("lies in the future"),
        "{}",
        dead[2].reason
    );
    assert_eq!(dead[4].source_topic, "other.topic");
    assert_eq!(dead[4].reason, "price-fanout does not read this topic");
}

#[test]
fn a_record_may_be_given_up_after_it_was_taken() {
    let value = json!({
        "event_id": USER, "user_id": USER, "name": "Ada", "registered_at": "2026-01-01T00:00:00Z",
    });
    let mut batch = batch(&[record("user.registered", 7, &value.to_string())]);
    let (registration, record) = batch.take::<Registration>().pop().unwrap();
    assert_eq!(registration.name, "Ada");
    batch.dead_letter(record, "no such address".to_owned());
    let dead = batch.into_dead_letters();
    assert_eq!(offsets(&dead), [7]);
    assert_eq!(dead[0].reason, "no such address");
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let mut batch = batch(&[
        price(1, TICK + 12, "2026-01-01T00:01:05Z"),
        price(2, TICK + 13, "2026-01-01T00:01:10Z"),
    ]);
    assert_eq!(batch.take::<PriceUpdate>().len(), 1);
    assert_eq!(offsets(&batch.into_dead_letters()), [2]);
}

#[test]
fn topics_with_a_prefix_are_recognised_and_those_of_another_stack_are_not() {
    let mut ours = price(1, TICK, "2026-01-01T00:00:05Z");
    ours["topic"] = "blue.user.price.update".into();
    let malformed = record("blue.user.price.update", 2, "{}");
    let theirs = price(3, TICK, "2026-01-01T00:00:05Z");
    let event = serde_json::from_value(json!({"records": {"p-3": [ours, malformed, theirs]}}));
    let topics = TopicNames::with_prefix("blue.");
    let mut batch = Batch::new("price-fanout", &topics, event.unwrap(), NOW_MS);
    let taken = batch.take::<PriceUpdate>();
    assert_eq!((taken.len(), taken[0].1.offset), (1, 1));
    let dead = batch.into_dead_letters();
    let sources: Vec<_> = dead
        .iter()
        .map(|letter| (letter.source_offset, letter.source_topic.as_str()))
        .collect();
    assert_eq!(
        sources,
        [(2, "blue.user.price.update"), (3, "user.price.update")]
    );
}
