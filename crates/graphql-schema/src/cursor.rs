//! Cursors: base64url of a version, what the cursor is of, and ids. They are no secret, and whoever makes one up gets
//! no more than a place in a list that they may see.

use app::analytics::Cursor;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{SnapshotId, UserId};
use uuid::Uuid;

/// The first byte of every cursor, so that another form of them can be told apart.
const VERSION: u8 = 1;
const USERS: u8 = b'u';
const SNAPSHOTS: u8 = b's';

/// Why something is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this connection: expected the `endCursor` of another page")]
pub(crate) struct CursorError;

/// The place of a user in the list of all.
pub(crate) fn of_user(id: UserId) -> String {
    encode(USERS, &[*id.as_uuid()])
}

/// The place of a snapshot in the history of a user.
pub(crate) fn of_snapshot(user_id: UserId, id: SnapshotId) -> String {
    encode(SNAPSHOTS, &[*user_id.as_uuid(), *id.as_uuid()])
}

pub(crate) fn to_user(text: &str) -> Result<UserId, CursorError> {
    let [id] = decode(USERS, text)?;
    UserId::from_uuid(id).map_err(|_| CursorError)
}

pub(crate) fn to_snapshot(text: &str) -> Result<Cursor, CursorError> {
    let [user_id, after] = decode(SNAPSHOTS, text)?;
    Ok(Cursor {
        user_id: UserId::from_uuid(user_id).map_err(|_| CursorError)?,
        after: SnapshotId::from_uuid(after).map_err(|_| CursorError)?,
    })
}

fn encode(kind: u8, ids: &[Uuid]) -> String {
    let mut bytes = vec![VERSION, kind];
    ids.iter().for_each(|id| bytes.extend(id.as_bytes()));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode<const N: usize>(kind: u8, text: &str) -> Result<[Uuid; N], CursorError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
    let ids = bytes.strip_prefix(&[VERSION, kind]).ok_or(CursorError)?;
    let (ids, []) = ids.as_chunks::<16>() else {
        return Err(CursorError);
    };
    let ids: Vec<Uuid> = ids.iter().copied().map(Uuid::from_bytes).collect();
    ids.try_into().map_err(|_| CursorError)
}

#[cfg(test)]
mod tests {
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
        for text in ["", "0", "nonsense!", "AXU"] {
            assert_eq!(to_user(text), Err(CursorError), "{text}");
        }
        // The random part of a UUID is free, its version is not.
        assert_eq!(to_user(&encode(USERS, &[Uuid::nil()])), Err(CursorError));
    }
}
