use app::snapshots::SnapshotStatus;
use async_graphql::{Enum, ID, SimpleObject};
use domain::SavedSnapshot;

use crate::scalars::{DateTime, Decimal};

/// A user's price at the instant at which they asked to keep it.
#[derive(SimpleObject)]
pub(crate) struct Snapshot {
    /// The id.
    #[graphql(owned)]
    pub(crate) id: ID,
    /// How far it is.
    status: SnapshotState,
    /// The price.
    price: Decimal,
    /// The tick of the price.
    tick: u64,
    /// When it was asked for.
    requested_at: DateTime,
    /// When it was saved; null while it is not.
    saved_at: Option<DateTime>,
}

/// How far a snapshot is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "SnapshotStatus")]
pub(crate) enum SnapshotState {
    /// It was asked for.
    Pending,
    /// It is saved for good.
    Saved,
}

impl From<SnapshotStatus> for Snapshot {
    fn from(found: SnapshotStatus) -> Self {
        let snapshot = found.snapshot;
        Self {
            id: snapshot.id.to_string().into(),
            status: match found.saved_at_ms {
                Some(_) => SnapshotState::Saved,
                None => SnapshotState::Pending,
            },
            price: Decimal::of(snapshot.price),
            tick: snapshot.id.tick().get(),
            requested_at: DateTime::at_ms(snapshot.id.requested_at_ms()),
            saved_at: found.saved_at_ms.map(DateTime::at_ms),
        }
    }
}

impl From<SavedSnapshot> for Snapshot {
    fn from(saved: SavedSnapshot) -> Self {
        Self::from(SnapshotStatus {
            snapshot: saved.snapshot,
            saved_at_ms: Some(saved.saved_at_ms),
        })
    }
}

impl From<domain::Snapshot> for Snapshot {
    fn from(snapshot: domain::Snapshot) -> Self {
        Self::from(SnapshotStatus {
            snapshot,
            saved_at_ms: None,
        })
    }
}
