//! Cursors: base64url of a version, what the cursor is of, and ids. They are no secret, and whoever makes one up gets
//! no more than a place in a list that they may see.

use app::analytics::Cursor;
use app::directory::NamePlace;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{SnapshotId, UserId};
use uuid::Uuid;

/// The first byte of every cursor, so that another form of them can be told apart.
const VERSION: u8 = 1;
const USERS: u8 = b'u';
const NAMES: u8 = b'n';
const SNAPSHOTS: u8 = b's';

/// Why something is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this connection: expected the `endCursor` of another page")]
pub(crate) struct CursorError;

/// The place of a user in the list of all.
pub(crate) fn of_user(id: UserId) -> String {
    encode(USERS, &[*id.as_uuid()])
}

/// The place of a user in the list of those whose names begin alike.
pub(crate) fn of_name(place: &NamePlace) -> String {
    let mut bytes = vec![VERSION, NAMES];
    bytes.extend(place.as_str().bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place of a snapshot in the history of a user.
pub(crate) fn of_snapshot(user_id: UserId, id: SnapshotId) -> String {
    encode(SNAPSHOTS, &[*user_id.as_uuid(), *id.as_uuid()])
}

pub(crate) fn to_user(text: &str) -> Result<UserId, CursorError> {
    let [id] = decode(USERS, text)?;
    UserId::from_uuid(id).map_err(|_| CursorError)
}

pub(crate) fn to_name(text: &str) -> Result<NamePlace, CursorError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
    let place = bytes.strip_prefix(&[VERSION, NAMES]).ok_or(CursorError)?;
    let place = String::from_utf8(place.to_vec()).map_err(|_| CursorError)?;
    // A longer text is no place, and nothing to ask the database for.
    if place.len() > NamePlace::MAX_BYTES {
        return Err(CursorError);
    }
    Ok(NamePlace::from_text(place))
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
mod tests;
