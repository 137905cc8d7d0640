use app::analytics::Cursor;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{SnapshotId, UserId};
use uuid::Uuid;

/// The first byte of every cursor, so that another form of them can be told apart.
const CURSOR_VERSION: u8 = 1;

/// Why something is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor: expected the `next_cursor` of another page")]
pub(super) struct CursorError;

/// Base64url of the version, the user's id and the snapshot's id. It is no secret, and whoever makes one
/// up gets no more than a place in a history that they may see.
pub(super) fn cursor_text(cursor: Cursor) -> String {
    let mut bytes = vec![CURSOR_VERSION];
    bytes.extend(cursor.user_id.as_uuid().as_bytes());
    bytes.extend(cursor.after.as_uuid().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn parse_cursor(text: &str) -> Result<Cursor, CursorError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
    let Some((&CURSOR_VERSION, ids)) = bytes.split_first() else {
        return Err(CursorError);
    };
    let ([user_id, after], []) = ids.as_chunks::<16>() else {
        return Err(CursorError);
    };
    Ok(Cursor {
        user_id: UserId::from_uuid(Uuid::from_bytes(*user_id)).map_err(|_| CursorError)?,
        after: SnapshotId::from_uuid(Uuid::from_bytes(*after)).map_err(|_| CursorError)?,
    })
}

#[cfg(test)]
mod tests;
