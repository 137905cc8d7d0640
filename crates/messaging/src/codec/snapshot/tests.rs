use super::*;

fn snapshot() -> Snapshot {
    Snapshot {
        id: SnapshotId::generate(1_767_225_605_123, &[2; 10]),
        user_id: UserId::generate(1_767_225_600_000, &[1; 10]),
        price: Price::from_cents(10_120).unwrap(),
    }
}

fn wire() -> (String, String) {
    let mut value = Vec::new();
    snapshot().encode_value(&mut value);
    (
        snapshot().user_id.to_string(),
        String::from_utf8(value).unwrap(),
    )
}

#[test]
fn a_request_on_the_wire() {
    let (key, value) = wire();
    assert_eq!(
        value,
        "{\"snapshot_id\":\"019b76da-bc03-7202-8202-020202020202\",\
             \"user_id\":\"019b76da-a800-7101-8101-010101010101\",\"tick\":353445121,\
             \"price\":\"101.20\",\"requested_at\":\"2026-01-01T00:00:05.123Z\"}"
    );
    let read = Snapshot::decode(Some(key.as_bytes()), Some(value.as_bytes()));
    assert_eq!(read.unwrap(), snapshot());
}

#[test]
fn a_wrong_request_is_refused_with_the_reason() {
    let (key, good) = wire();
    for (from, to, reason) in [
        (
            "7202-8202",
            "4202-8202",
            "`snapshot_id` is wrong: not a snapshot id: expected a hyphenated UUID of version 7",
        ),
        (
            "353445121",
            "353445122",
            "`tick` is wrong: expected the tick of the id",
        ),
        (
            "05.123Z",
            "05.124Z",
            "`requested_at` is wrong: expected the instant of the id",
        ),
        (
            "7101-8101",
            "7101-8102",
            "the key is not 019b76da-a800-7101-8102-010101010101",
        ),
    ] {
        let value = good.replace(from, to);
        let read = Snapshot::decode(Some(key.as_bytes()), Some(value.as_bytes()));
        assert_eq!(read.unwrap_err().reason(), reason);
    }
    let value = good.replace("101.20", "0.00");
    let read = Snapshot::decode(Some(key.as_bytes()), Some(value.as_bytes()));
    assert!(read.unwrap_err().reason().starts_with("`price` is wrong"));
    assert!(Snapshot::decode(None, Some(good.as_bytes())).is_err());
}
