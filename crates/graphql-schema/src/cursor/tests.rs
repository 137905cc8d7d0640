use domain::user::Name;

use super::*;

#[test]
fn cursors_are_read_back_and_only_where_they_belong() {
    let user = UserId::generate(1_767_225_600_000, &[1; 10]);
    let snapshot = SnapshotId::generate(1_767_225_600_000, &[2; 10]);
    let cursor = Cursor {
        user_id: user,
        after: snapshot,
    };
    assert_eq!(to_user(&of_user(user)), Ok(user));
    assert_eq!(to_snapshot(&of_snapshot(user, snapshot)), Ok(cursor));
    assert_eq!(to_snapshot(&of_user(user)), Err(CursorError));
    assert_eq!(to_user(&of_snapshot(user, snapshot)), Err(CursorError));
    let place = NamePlace::of(&Name::parse("Ad\u{e9}la\u{ef}de").unwrap(), user);
    assert_eq!(to_name(&of_name(&place)), Ok(place));
    assert_eq!(to_name(&of_user(user)), Err(CursorError));
    let long = NamePlace::from_text("a".repeat(NamePlace::MAX_BYTES + 1));
    assert_eq!(to_name(&of_name(&long)), Err(CursorError));
    for text in ["", "0", "nonsense!", "AXU"] {
        assert_eq!(to_user(text), Err(CursorError), "{text}");
    }
    // The random part of a UUID is free, its version is not.
    assert_eq!(to_user(&encode(USERS, &[Uuid::nil()])), Err(CursorError));
}
