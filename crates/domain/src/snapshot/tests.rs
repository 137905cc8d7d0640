use super::*;

const TEXT: &str = "019b76da-a87b-7abc-9def-0123456789ab";

#[test]
fn an_id_carries_instant_and_tick() {
    let id = SnapshotId::parse(TEXT).unwrap();
    assert_eq!(id.requested_at_ms(), 1_767_225_600_123);
    assert_eq!(id.tick(), Tick(353_445_120));
    assert_eq!(id.to_string(), TEXT);
    assert_eq!(SnapshotId::parse(&TEXT.to_uppercase()), Ok(id));
    let same_instant = SnapshotId::generate(1_767_225_600_123, &[0; 10]);
    assert_eq!(same_instant.tick(), id.tick());
}

#[test]
fn refuses_every_other_form_version_and_variant() {
    for text in [
        "",
        "019b76da",
        &TEXT.replace('-', ""),
        "019b76da-a87b-4abc-9def-0123456789ab",
        "019b76da-a87b-7abc-cdef-0123456789ab",
    ] {
        assert_eq!(SnapshotId::parse(text), Err(SnapshotIdError), "{text}");
    }
}
