//! Snapshots: a user asks for one over REST, the request travels through Kafka, and a consumer saves it.

mod confirm;
mod find;
mod key;
mod ports;
mod save;
mod write;

pub use find::find_snapshot;
pub use key::{IdempotencyKey, IdempotencyKeyError};
pub use ports::{SnapshotStatus, Snapshots, Stored};
pub use save::SaveSnapshot;
pub use write::{WritePorts, WriteReport, WriteSnapshots};

#[cfg(test)]
mod tests;
