//! New ids. Each is a UUID of version 7, which carries the instant at which it is made.

use domain::alert::AlertId;
use domain::session::SessionId;
use domain::{SnapshotId, UserId};
use uuid::Uuid;

const BUG: &str = "BUG: now_v7 makes version 7";

/// The id of a user who registers now.
#[must_use]
pub fn new_user_id() -> UserId {
    UserId::from_uuid(Uuid::now_v7()).expect(BUG)
}

/// The id of a snapshot that is asked for now.
#[must_use]
pub fn new_snapshot_id() -> SnapshotId {
    SnapshotId::from_uuid(Uuid::now_v7()).expect(BUG)
}

/// The id of an alert that is made now.
#[must_use]
pub fn new_alert_id() -> AlertId {
    AlertId::from_uuid(Uuid::now_v7()).expect(BUG)
}

/// The id of a session that begins now.
#[must_use]
pub fn new_session_id() -> SessionId {
    SessionId::from_uuid(Uuid::now_v7()).expect(BUG)
}
