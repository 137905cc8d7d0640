use super::*;

const NOW_MS: u64 = 1_767_225_600_000;

#[test]
fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
    let cursor = Cursor {
        user_id: UserId::generate(NOW_MS, &[7; 10]),
        after: SnapshotId::generate(NOW_MS + 60_000, &[1; 10]),
    };
    let text = cursor_text(cursor);
    assert_eq!(parse_cursor(&text), Ok(cursor));
    let mut other_version = URL_SAFE_NO_PAD.decode(&text).unwrap();
    other_version[0] = 2;
    let no_uuids = URL_SAFE_NO_PAD.encode([1; 33]);
    for garbage in [
        "",
        "garbage!",
        "Z2FyYmFnZQ",
        &text[1..],
        &format!("{text}AA"),
        &format!("{text}="),
        &no_uuids,
        &URL_SAFE_NO_PAD.encode(other_version),
    ] {
        assert_eq!(parse_cursor(garbage), Err(CursorError), "{garbage}");
    }
}
