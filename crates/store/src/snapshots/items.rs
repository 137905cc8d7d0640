//! Items of the snapshots table, written and read back.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use app::snapshots::IdempotencyKey;
use app::{Error, Result};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::SavedSnapshot;
use domain::{Price, Snapshot, SnapshotId, Statistics, Step, UserId};

/// How long a request is remembered: as long as Kafka keeps it.
const PENDING_SECS: u64 = 7 * 24 * 3600;
/// How long a request that is repeated under its key is recognised.
const KEY_SECS: u64 = 24 * 3600;
/// The sort key of the statistics.
pub(super) const STATISTICS_SK: &str = "stats";
/// What the sort keys of saved snapshots begin with.
pub(super) const SAVED_SK_PREFIX: &str = "snap#";

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item(pub(super) HashMap<String, AttributeValue>);

pub(super) fn key(user: UserId, sk: impl Into<String>) -> Item {
    Item(HashMap::from([
        ("pk".to_owned(), text(user_pk(user))),
        ("sk".to_owned(), text(sk)),
    ]))
}

pub(super) fn user_pk(user: UserId) -> String {
    format!("user#{user}")
}

pub(super) fn saved_sk(id: SnapshotId) -> String {
    format!("{SAVED_SK_PREFIX}{:012}#{id}", id.tick().get())
}

pub(super) fn pending_sk(id: SnapshotId) -> String {
    format!("pend#{id}")
}

pub(super) fn key_sk(key: &IdempotencyKey) -> String {
    format!("key#{key}")
}

pub(super) fn pending(snapshot: &Snapshot) -> Item {
    key(snapshot.user_id, pending_sk(snapshot.id))
        .with("price_cents", number(snapshot.price.cents()))
        .with("expires_at", number(now_secs(snapshot) + PENDING_SECS))
}

pub(super) fn keyed(snapshot: &Snapshot, idempotency_key: &IdempotencyKey) -> Item {
    key(snapshot.user_id, key_sk(idempotency_key))
        .with("snapshot_id", text(snapshot.id.to_string()))
        .with("price_cents", number(snapshot.price.cents()))
        .with("expires_at", number(now_secs(snapshot) + KEY_SECS))
}

/// When a snapshot that is just being asked for is asked for, in Unix seconds.
pub(super) fn now_secs(snapshot: &Snapshot) -> u64 {
    snapshot.id.requested_at_ms() / 1000
}

pub(super) fn saved(saved: &SavedSnapshot) -> Item {
    let Snapshot { id, user_id, price } = saved.snapshot;
    key(user_id, saved_sk(id))
        .with("price_cents", number(price.cents()))
        .with("saved_at", number(saved.saved_at_ms))
}

pub(super) fn statistics(user: UserId, all: &Statistics) -> Item {
    let item = key(user, STATISTICS_SK)
        .with("snapshots", number(all.count))
        .with("first_id", text(all.first.id.to_string()))
        .with("first_cents", number(all.first.price.cents()))
        .with("last_id", text(all.last.id.to_string()))
        .with("last_cents", number(all.last.price.cents()))
        .with("min_cents", number(all.min.cents()))
        .with("max_cents", number(all.max.cents()))
        .with("sum_millionths", number(all.sum_millionths))
        .with("sum_squares", number(all.sum_squares));
    let (Some(best), Some(worst)) = (all.best, all.worst) else {
        return item;
    };
    item.with("best_from_cents", number(best.from.cents()))
        .with("best_to_cents", number(best.to.cents()))
        .with("worst_from_cents", number(worst.from.cents()))
        .with("worst_to_cents", number(worst.to.cents()))
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

impl Item {
    fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn to_statistics(&self, user: UserId) -> Result<Statistics> {
        Ok(Statistics {
            count: self.number("snapshots")?,
            first: self.snapshot(user, "first_id", "first_cents")?,
            last: self.snapshot(user, "last_id", "last_cents")?,
            min: self.price("min_cents")?,
            max: self.price("max_cents")?,
            best: self.step("best_from_cents", "best_to_cents")?,
            worst: self.step("worst_from_cents", "worst_to_cents")?,
            sum_millionths: self.number("sum_millionths")?,
            sum_squares: self.number("sum_squares")?,
        })
    }

    /// A saved snapshot, whose id is the end of its sort key.
    pub(super) fn to_saved(&self, user_id: UserId) -> Result<SavedSnapshot> {
        let sk = self.0.get("sk").and_then(|value| value.as_s().ok());
        let id = sk.and_then(|sk| SnapshotId::parse(sk.rsplit_once('#')?.1).ok());
        Ok(SavedSnapshot {
            snapshot: Snapshot {
                id: id.ok_or_else(|| unreadable("a sort key"))?,
                user_id,
                price: self.price("price_cents")?,
            },
            saved_at_ms: self.number("saved_at")?,
        })
    }

    /// A snapshot from the attributes that hold its id and its price.
    pub(super) fn snapshot(
        &self,
        user_id: UserId,
        id: &'static str,
        price: &'static str,
    ) -> Result<Snapshot> {
        let text = self.0.get(id).and_then(|value| value.as_s().ok());
        let id = text.and_then(|text| SnapshotId::parse(text).ok());
        Ok(Snapshot {
            id: id.ok_or_else(|| unreadable("an id"))?,
            user_id,
            price: self.price(price)?,
        })
    }

    fn step(&self, from: &'static str, to: &'static str) -> Result<Option<Step>> {
        if !self.0.contains_key(from) {
            return Ok(None);
        }
        Ok(Some(Step {
            from: self.price(from)?,
            to: self.price(to)?,
        }))
    }

    pub(super) fn price(&self, name: &'static str) -> Result<Price> {
        Price::from_cents(self.number(name)?).ok_or_else(|| unreadable(name))
    }

    pub(super) fn number<T: FromStr>(&self, name: &'static str) -> Result<T> {
        let digits = self.0.get(name).and_then(|value| value.as_n().ok());
        digits
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| unreadable(name))
    }
}

fn unreadable(what: &'static str) -> Error {
    Error::Internal {
        what: "reading the snapshots table",
        source: what.into(),
    }
}
