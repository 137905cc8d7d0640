use super::*;

const TEXT: &str = "019b76da-a800-7abc-9def-0123456789ab";

#[test]
fn reads_and_writes_the_hyphenated_form() {
    let id = UserId::parse(TEXT).unwrap();
    assert_eq!(id.to_string(), TEXT);
    assert_eq!(UserId::parse(&TEXT.to_uppercase()), Ok(id));
    assert_eq!(format!("{id:?}"), format!("UserId({TEXT})"));
}

#[test]
fn refuses_every_other_form() {
    let bare = TEXT.replace('-', "");
    let urn = format!("urn:uuid:{TEXT}");
    let braced = format!("{{{TEXT}}}");
    let misplaced = "019b76daa-800-7abc-9def-0123456789ab";
    for text in ["", "me", &bare, &urn, &braced, misplaced, &TEXT[..35]] {
        assert_eq!(UserId::parse(text), Err(UserIdError::NotAUuid), "{text}");
    }
}

#[test]
fn refuses_other_versions_and_variants() {
    for text in [
        "019b76da-a800-4abc-9def-0123456789ab",
        "019b76da-a800-7abc-cdef-0123456789ab",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        assert_eq!(UserId::parse(text), Err(UserIdError::NotVersion7), "{text}");
    }
}

#[test]
fn carries_the_instant_of_registration() {
    let id = UserId::generate(1_767_225_600_123, &[0xff; 10]);
    assert_eq!(id.registered_at_ms(), 1_767_225_600_123);
    assert_eq!(UserId::from_uuid(*id.as_uuid()), Ok(id));
    assert!(id < UserId::generate(1_767_225_600_124, &[0; 10]));
}
