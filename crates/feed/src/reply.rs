use domain::{Tick, UserId, market::Summary};

use crate::event::{Replay, TickPrices};
use crate::message_error::MessageError;
use crate::refusal::Refusal;
use crate::subscription::{Subscription, SubscriptionId};

/// What the server says to one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The connection is authenticated.
    Authenticated {
        /// As whom.
        user_id: UserId,
        /// Until when, in Unix milliseconds.
        expires_at_ms: u64,
    },
    /// The subscription is stored.
    Subscribed {
        /// Its id.
        id: SubscriptionId,
        /// The first tick that comes live.
        live_from: Tick,
        /// What comes before that, if the client asked for missed ticks.
        replay: Option<Replay>,
        /// The tick from which a client may resume that has got this, if no price is sent before the first live one.
        resume: Option<Tick>,
    },
    /// The subscription is gone.
    Unsubscribed {
        /// Its id.
        id: SubscriptionId,
    },
    /// All subscriptions of the connection.
    Subscriptions(Vec<Subscription>),
    /// The answer to a ping.
    Pong {
        /// The ping's id.
        id: Option<String>,
        /// The server's time, in Unix milliseconds.
        at_ms: u64,
    },
    /// Current prices, once, after a subscription is acknowledged.
    Snapshot {
        /// The subscription.
        id: SubscriptionId,
        /// Each price of one tick.
        prices: TickPrices,
    },
    /// The current summary of the market, once, after a subscription is acknowledged.
    MarketSnapshot {
        /// The subscription.
        id: SubscriptionId,
        /// The summary.
        summary: Summary,
    },
    /// Missed prices.
    Replayed {
        /// The subscription.
        id: SubscriptionId,
        /// The replay that they are part of.
        replay: Replay,
        /// Ascending.
        ticks: Vec<TickPrices>,
        /// Whether more of the replay follows.
        more: bool,
    },
    /// Missed summaries.
    MarketReplayed {
        /// The subscription.
        id: SubscriptionId,
        /// The replay that they are part of.
        replay: Replay,
        /// Ascending.
        summaries: Vec<Summary>,
        /// Whether more of the replay follows.
        more: bool,
    },
    /// A message is refused.
    Error(MessageError<Refusal>),
    /// The last message before the server disconnects.
    Bye(Refusal),
}
