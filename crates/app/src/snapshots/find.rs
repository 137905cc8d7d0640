use domain::SnapshotId;

use super::{SnapshotStatus, Snapshots};
use crate::users::CurrentUser;
use crate::{Error, Result};

/// Finds a snapshot that a user asked for, pending or saved.
///
/// # Errors
/// [`Error::SnapshotNotFound`] if the user asked for no such snapshot, whoever else did; else as the port.
pub async fn find_snapshot(
    snapshots: &dyn Snapshots,
    user: &CurrentUser,
    id: &str,
) -> Result<SnapshotStatus> {
    let id = SnapshotId::parse(id).map_err(|_| Error::SnapshotNotFound)?;
    let found = snapshots.find_snapshot(user.id(), id).await?;
    found.ok_or(Error::SnapshotNotFound)
}
