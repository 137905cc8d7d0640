use domain::SnapshotId;

use super::{SnapshotStatus, Snapshots};
use crate::users::Authenticator;
use crate::{Error, Result};

/// Tells a user how far one of their snapshots is.
///
/// # Errors
/// [`Error::Unauthenticated`] without a valid token of a user who still exists, [`Error::SnapshotNotFound`] if the caller asked for no
/// such snapshot, whoever else did; else as the ports.
pub async fn find_snapshot(
    authenticator: &Authenticator,
    snapshots: &dyn Snapshots,
    token: Option<&str>,
    id: &str,
    now_ms: u64,
) -> Result<SnapshotStatus> {
    let user_id = authenticator.authenticate(token, now_ms).await?.user_id;
    let id = SnapshotId::parse(id).map_err(|_| Error::SnapshotNotFound)?;
    let found = snapshots.find_snapshot(user_id, id).await?;
    found.ok_or(Error::SnapshotNotFound)
}
