use std::fmt;

use crate::UserId;

/// The part of the audience and of the roster that a user belongs to.
///
/// Computed with Kafka's own hash over the text of the user id, so that with a number of partitions
/// that divides [`Shard::COUNT`] the users of one shard share one partition of every topic keyed by
/// user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u8);

impl Shard {
    /// How many shards there are.
    pub const COUNT: u8 = 64;

    /// The shard of a user.
    #[must_use]
    pub fn of(user_id: UserId) -> Self {
        Self((hash(user_id) % u32::from(Self::COUNT)) as u8)
    }

    /// The shard with this number, if there is one.
    #[must_use]
    pub const fn from_index(index: u8) -> Option<Self> {
        if index < Self::COUNT {
            Some(Self(index))
        } else {
            None
        }
    }

    /// The number of the shard, below [`Shard::COUNT`].
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }

    /// All shards, ascending.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The partition that a record keyed by this user id goes to, in a topic of `partitions` partitions:
/// what Kafka's default partitioner and librdkafka's `murmur2` choose. A topic without partitions
/// does not exist; 0 is taken as 1.
#[must_use]
pub fn partition(user_id: UserId, partitions: u32) -> u32 {
    hash(user_id) % partitions.max(1)
}

/// Kafka's `toPositive(murmur2(key))` of the id's text.
fn hash(user_id: UserId) -> u32 {
    let mut buffer = [0; UserId::TEXT_LEN];
    murmur2(user_id.encode(&mut buffer).as_bytes()) & 0x7fff_ffff
}

/// MurmurHash2 with the seed and the byte order that Kafka's clients use.
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;

    let (words, tail) = data.as_chunks::<4>();
    // Kafka's clients take the length as 32 bits too.
    let mut h = SEED ^ data.len() as u32;
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        let rest = tail
            .iter()
            .rev()
            .fold(0, |rest, &byte| rest << 8 | u32::from(byte));
        h = (h ^ rest).wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    h ^ (h >> 15)
}

#[cfg(test)]
mod tests;
