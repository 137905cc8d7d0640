use domain::SnapshotId;

use super::{FindSnapshot, SnapshotStatus};
use crate::users::authenticate;
use crate::{Error, Result};
use feed::VerifyToken;

/// Tells a user how far one of their snapshots is.
///
/// # Errors
/// [`Error::Unauthenticated`] without a valid token, [`Error::SnapshotNotFound`] if the caller asked for no
/// such snapshot, whoever else did; else as the ports.
pub async fn find_snapshot(
    tokens: &dyn VerifyToken,
    snapshots: &dyn FindSnapshot,
    token: Option<&str>,
    id: &str,
    now_ms: u64,
) -> Result<SnapshotStatus> {
    let user_id = authenticate(tokens, token, now_ms).await?.user_id;
    let id = SnapshotId::parse(id).map_err(|_| Error::SnapshotNotFound)?;
    let found = snapshots.find_snapshot(user_id, id).await?;
    found.ok_or(Error::SnapshotNotFound)
}
