//! GraphQL subscriptions as the feed sees them: an operation that is stored once, and executed for each event that
//! somebody with a subscription to it listens to. What an operation says, and what its results say, is none of the
//! feed's business.

use async_trait::async_trait;
use bytes::Bytes;
use domain::alert::{Alert, Crossed};
use domain::market::Summary;
use domain::{Price, UserId};

use super::Operation;
use super::frame::Frame;
use super::session::{Replay, SubscriptionId, TickPrices};
use domain::SavedSnapshot;

/// Somebody who has just registered, as everybody may see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Who.
    pub user_id: UserId,
    /// The name they go by.
    pub name: String,
    /// When they registered, in Unix milliseconds.
    pub registered_at_ms: u64,
    /// The price that their share starts at.
    pub opening_price: Price,
}

/// Something that subscribers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// Prices of one tick.
    Prices {
        /// The prices.
        prices: TickPrices,
        /// The replay that it is part of; `None` if it comes live.
        replay: Option<Replay>,
    },
    /// How the market stands.
    Market {
        /// The summary.
        summary: Summary,
        /// The replay that it is part of; `None` if it comes live.
        replay: Option<Replay>,
    },
    /// Somebody has registered.
    Registered(Newcomer),
    /// A snapshot of the subscriber's is saved.
    SnapshotSaved(SavedSnapshot),
    /// The subscriber's price has crossed the threshold of an alert.
    AlertFired {
        /// The alert.
        alert: Alert,
        /// The crossing.
        crossed: Crossed,
    },
}

/// What came of an operation and an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executed {
    /// Results, ready to be sent in this order. More than one if the event is too large for a single frame.
    Results(Vec<Bytes>),
    /// The operation can't be executed: a list of GraphQL errors.
    Impossible(Bytes),
}

/// Executes operations. Kept for the life of a process, since it remembers operations that it has parsed.
#[async_trait]
pub trait ExecuteOperations: Send + Sync {
    /// Executes an operation for one event.
    async fn execute(&self, operation: &Operation, event: &LiveEvent) -> Executed;
}

/// Writes what is sent to who subscribed to an operation, as the protocol has it.
pub trait EncodeOperations: Send + Sync {
    /// A result. The body is made when the frame is sent, so that many frames of one large result don't fill the
    /// memory.
    fn next(&self, id: &SubscriptionId, result: &Bytes) -> Frame;

    /// That the operation can't be executed, with a list of GraphQL errors. Nothing comes after it.
    fn error(&self, id: &SubscriptionId, errors: &Bytes) -> Frame;

    /// That the operation is not known any more. Nothing comes after it.
    fn lost(&self, id: &SubscriptionId) -> Frame;

    /// That the token has expired with which the operation was subscribed to: an error, and that nothing comes after it.
    fn expired(&self, id: &SubscriptionId) -> Vec<Frame>;
}
