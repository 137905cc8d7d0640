//! What happens, as subscribers are told of it.

use domain::alert::{Alert, Crossed};
use domain::market::Summary;
use domain::{Price, SavedSnapshot, Tick, UserId};

/// Prices of one tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickPrices {
    /// The tick.
    pub tick: Tick,
    /// Each user at most once.
    pub prices: Vec<(UserId, Price)>,
}

/// What of the missed ticks is sent after a subscription is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// The first tick of the replay.
    pub from: Tick,
    /// The last one, just before the subscription is live. `from` is one more if nothing was missed.
    pub to: Tick,
    /// Whether that is all that was missed: false if part of it lies beyond the horizon.
    pub complete: bool,
}

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
        /// The tick from which a client may resume that has got this event; `None` if that is not known.
        resume: Option<Tick>,
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
