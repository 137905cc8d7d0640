//! Items of the snapshots table, to and from the types of `domain`.

use app::Result;
use app::snapshots::IdempotencyKey;
use domain::{Price, SavedSnapshot, Snapshot, SnapshotId, Statistics, Step, UserId};
use dynamodb::{Item, number, read, text, write};
use serde::{Deserialize, Serialize};

use crate::fault::{fault, unreadable};
use crate::shards::index_shard;

/// How long a request is remembered: as long as Kafka keeps it.
const PENDING_SECS: u64 = 7 * 24 * 3600;
/// How long a request that is repeated under its key is recognised.
const KEY_SECS: u64 = 24 * 3600;
/// The sort key of the statistics.
pub(super) const STATISTICS_SK: &str = "stats";
/// What the sort keys of saved snapshots begin with.
pub(super) const SAVED_SK_PREFIX: &str = "snap#";
const USER_PK_PREFIX: &str = "user#";
const PENDING_SK_PREFIX: &str = "pend#";
const STATISTICS: &str = "reading a user's statistics";

pub(super) fn key(user: UserId, sk: impl Into<String>) -> Item {
    Item::from([
        ("pk".to_owned(), text(user_pk(user))),
        ("sk".to_owned(), text(sk)),
    ])
}

pub(super) fn user_pk(user: UserId) -> String {
    format!("{USER_PK_PREFIX}{user}")
}

pub(super) fn saved_sk(id: SnapshotId) -> String {
    format!("{SAVED_SK_PREFIX}{:012}#{id}", id.tick().get())
}

pub(super) fn pending_sk(id: SnapshotId) -> String {
    format!("{PENDING_SK_PREFIX}{id}")
}

pub(super) fn key_sk(key: &IdempotencyKey) -> String {
    format!("key#{key}")
}

/// The snapshot that an item of the outbox shows, whose keys and price it has.
pub(super) fn pending_snapshot(item: &Item) -> feed::Result<Snapshot> {
    const READING: &str = "reading the outbox of snapshots";
    let string = |name| item.get(name).and_then(|value| value.as_s().ok());
    let user_id = string("pk").and_then(|pk| UserId::parse(pk.strip_prefix(USER_PK_PREFIX)?).ok());
    let id =
        string("sk").and_then(|sk| SnapshotId::parse(sk.strip_prefix(PENDING_SK_PREFIX)?).ok());
    let cents = item.get("price_cents").and_then(|cents| cents.as_n().ok());
    let price = cents.and_then(|cents| Price::from_cents(cents.parse().ok()?));
    Ok(Snapshot {
        id: id.ok_or_else(|| unreadable(READING, "sk"))?,
        user_id: user_id.ok_or_else(|| unreadable(READING, "pk"))?,
        price: price.ok_or_else(|| unreadable(READING, "price_cents"))?,
    })
}

/// When a snapshot that was asked for may be forgotten, in Unix seconds.
pub(super) fn forgotten_secs(snapshot: &Snapshot) -> u64 {
    now_secs(snapshot) + PENDING_SECS
}

/// When a snapshot that is just being asked for is asked for, in Unix seconds.
pub(super) fn now_secs(snapshot: &Snapshot) -> u64 {
    snapshot.id.requested_at_ms() / 1000
}

/// The price of a snapshot whose id stands elsewhere.
#[derive(Deserialize)]
pub(super) struct PriceItem {
    #[serde(with = "crate::attributes::cents")]
    pub(super) price_cents: Price,
}

/// A snapshot that was asked for, on the outbox. It expires only once it is off it.
#[derive(Serialize)]
pub(super) struct PendingItem {
    pk: String,
    sk: String,
    #[serde(with = "crate::attributes::cents")]
    price_cents: Price,
    outbox_shard: u8,
}

impl PendingItem {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        Self {
            pk: user_pk(snapshot.user_id),
            sk: pending_sk(snapshot.id),
            price_cents: snapshot.price,
            outbox_shard: index_shard(snapshot.user_id),
        }
    }
}

/// The snapshot that was asked for with an idempotency key.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyedItem {
    pk: String,
    sk: String,
    #[serde(with = "crate::attributes::text")]
    snapshot_id: SnapshotId,
    #[serde(with = "crate::attributes::cents")]
    price_cents: Price,
    expires_at: u64,
}

impl KeyedItem {
    pub(super) fn of(snapshot: &Snapshot, key: &IdempotencyKey) -> Self {
        Self {
            pk: user_pk(snapshot.user_id),
            sk: key_sk(key),
            snapshot_id: snapshot.id,
            price_cents: snapshot.price,
            expires_at: now_secs(snapshot) + KEY_SECS,
        }
    }

    pub(super) const fn to_snapshot(&self, user_id: UserId) -> Snapshot {
        Snapshot {
            id: self.snapshot_id,
            user_id,
            price: self.price_cents,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct SavedItem {
    pk: String,
    sk: String,
    #[serde(with = "crate::attributes::cents")]
    price_cents: Price,
    pub(super) saved_at: u64,
}

impl SavedItem {
    pub(super) fn of(saved: &SavedSnapshot) -> Self {
        Self {
            pk: user_pk(saved.snapshot.user_id),
            sk: saved_sk(saved.snapshot.id),
            price_cents: saved.snapshot.price,
            saved_at: saved.saved_at_ms,
        }
    }

    /// The snapshot, whose id is the end of the sort key.
    pub(super) fn to_saved(&self, user_id: UserId) -> Result<SavedSnapshot> {
        let id = self.sk.rsplit_once('#');
        let id = id.and_then(|(_, id)| SnapshotId::parse(id).ok());
        Ok(SavedSnapshot {
            snapshot: Snapshot {
                id: id.ok_or_else(|| unreadable("reading a saved snapshot", "sk"))?,
                user_id,
                price: self.price_cents,
            },
            saved_at_ms: self.saved_at,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct StatisticsItem {
    pk: String,
    sk: String,
    snapshots: u64,
    #[serde(with = "crate::attributes::text")]
    first_id: SnapshotId,
    #[serde(with = "crate::attributes::cents")]
    first_cents: Price,
    #[serde(with = "crate::attributes::text")]
    last_id: SnapshotId,
    #[serde(with = "crate::attributes::cents")]
    last_cents: Price,
    #[serde(with = "crate::attributes::cents")]
    min_cents: Price,
    #[serde(with = "crate::attributes::cents")]
    max_cents: Price,
    #[serde(
        with = "crate::attributes::optional_cents",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    best_from_cents: Option<Price>,
    #[serde(
        with = "crate::attributes::optional_cents",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    best_to_cents: Option<Price>,
    #[serde(
        with = "crate::attributes::optional_cents",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    worst_from_cents: Option<Price>,
    #[serde(
        with = "crate::attributes::optional_cents",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    worst_to_cents: Option<Price>,
}

pub(super) fn write_statistics(user: UserId, all: &Statistics) -> Item {
    let mut item = write(&StatisticsItem {
        pk: user_pk(user),
        sk: STATISTICS_SK.to_owned(),
        snapshots: all.count,
        first_id: all.first.id,
        first_cents: all.first.price,
        last_id: all.last.id,
        last_cents: all.last.price,
        min_cents: all.min,
        max_cents: all.max,
        best_from_cents: all.best.map(|best| best.from),
        best_to_cents: all.best.map(|best| best.to),
        worst_from_cents: all.worst.map(|worst| worst.from),
        worst_to_cents: all.worst.map(|worst| worst.to),
    });
    // By hand: serde_dynamo knows no integers of 128 bits.
    item.insert("sum_millionths".to_owned(), number(all.sum_millionths));
    item.insert("sum_squares".to_owned(), number(all.sum_squares));
    item
}

pub(super) fn read_statistics(user_id: UserId, item: Item) -> Result<Statistics> {
    let sum_millionths = read_wide(&item, "sum_millionths")?;
    let sum_squares = read_wide(&item, "sum_squares")?;
    let item: StatisticsItem = read(STATISTICS, item).map_err(fault)?;
    let snapshot = |id, price| Snapshot { id, user_id, price };
    let step = |(from, to)| Step { from, to };
    Ok(Statistics {
        count: item.snapshots,
        first: snapshot(item.first_id, item.first_cents),
        last: snapshot(item.last_id, item.last_cents),
        min: item.min_cents,
        max: item.max_cents,
        best: item.best_from_cents.zip(item.best_to_cents).map(step),
        worst: item.worst_from_cents.zip(item.worst_to_cents).map(step),
        sum_millionths,
        sum_squares,
    })
}

fn read_wide<T: std::str::FromStr>(item: &Item, name: &'static str) -> Result<T> {
    let digits = item.get(name).and_then(|value| value.as_n().ok());
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| unreadable(STATISTICS, name).into())
}
