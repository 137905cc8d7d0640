//! Shards of indexes: a partition of DynamoDB takes 1,000 writes a second, and price-tick reads all shards in parallel.

use domain::{Shard, UserId};

/// Shards of the indexes `roster` and `outbox`: enough for 16,000 registrations or snapshots a second.
pub(crate) const INDEX_SHARDS: u8 = 16;

/// The shard of these indexes in which a user's items are.
pub(crate) fn index_shard(id: UserId) -> u8 {
    Shard::of(id).index() % INDEX_SHARDS
}
