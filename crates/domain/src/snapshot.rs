//! Snapshots of a price, and what is known of all snapshots of one user.

mod statistics;

use std::fmt;

use uuid::{Builder, Uuid, Variant};

use crate::{Price, Tick, UserId};

pub use statistics::{MeanChange, Statistics, Step};

/// Identifies a snapshot: a UUID of version 7, so that it carries the instant of the request, and with
/// it the tick of the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(Uuid);

/// Why something is not a snapshot id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a snapshot id: expected a hyphenated UUID of version 7")]
pub struct SnapshotIdError;

impl SnapshotId {
    /// Bytes in the text form.
    pub const TEXT_LEN: usize = 36;

    /// Makes the id of a snapshot that is asked for `requested_at_ms` milliseconds after the Unix epoch
    /// (the low 48 bits count), from ten random bytes, of which 74 bits are kept.
    #[must_use]
    pub fn generate(requested_at_ms: u64, random: &[u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(requested_at_ms, random).into_uuid())
    }

    /// Takes a UUID that is of version 7.
    ///
    /// # Errors
    /// [`SnapshotIdError`] for every other version or variant.
    pub fn from_uuid(uuid: Uuid) -> Result<Self, SnapshotIdError> {
        if uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122 {
            Ok(Self(uuid))
        } else {
            Err(SnapshotIdError)
        }
    }

    /// Reads the hyphenated form, in either case.
    ///
    /// # Errors
    /// [`SnapshotIdError`] if the text is anything else.
    pub fn parse(text: &str) -> Result<Self, SnapshotIdError> {
        if text.len() != Self::TEXT_LEN {
            return Err(SnapshotIdError);
        }
        Self::from_uuid(Uuid::try_parse(text).map_err(|_| SnapshotIdError)?)
    }

    /// The UUID itself.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// When the snapshot was asked for, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn requested_at_ms(self) -> u64 {
        (self.0.as_u128() >> 80) as u64
    }

    /// The tick that was current then.
    #[must_use]
    pub const fn tick(self) -> Tick {
        Tick::at_ms(self.requested_at_ms())
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// A user's price at the tick of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// Its id, which carries instant and tick.
    pub id: SnapshotId,
    /// Whose price.
    pub user_id: UserId,
    /// The price.
    pub price: Price,
}

/// A snapshot that is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedSnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// When it was saved, in Unix milliseconds.
    pub saved_at_ms: u64,
}

#[cfg(test)]
mod tests;
