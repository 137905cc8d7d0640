use domain::SavedSnapshot;
use domain::alert::{Alert, Crossed};
use feed::session::{Replay, Subscription, Watch};
use feed::{MessageError, Newcomer, Refusal};
use serde::Serialize;

use crate::instant::Instant;
use crate::rest::ConditionBody;

/// The server's messages that are short and of a fixed shape.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage {
    Ack(Ack),
    Pong(Pong),
    Error(WireProblem),
    Bye(WireProblem),
    #[serde(rename = "snapshot.saved")]
    SnapshotSaved {
        snapshot: WireSnapshot,
    },
    Alert {
        alert: WireAlert,
    },
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Ack {
    pub(super) op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) live_from: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replay: Option<WireReplay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resume: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct WireReplay {
    from: u64,
    to: u64,
    complete: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Pong {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) at: String,
}

#[derive(Debug, Serialize)]
pub(super) struct WireProblem {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// A subscription as `list` shows it: what the client sent, and since when it is live.
#[derive(Debug, Serialize)]
pub(super) struct WireSubscription {
    id: String,
    users: WireUsers,
    every: u32,
    live_from: u64,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum WireUsers {
    Ids(Vec<String>),
    Keyword(&'static str),
}

/// A saved snapshot, with the fields that REST gives it.
#[derive(Debug, Serialize)]
pub(super) struct WireSnapshot {
    id: String,
    price: String,
    tick: u64,
    requested_at: String,
    saved_at: String,
}

/// An alert that fires, with the fields that REST gives it and those of the crossing.
#[derive(Debug, Serialize)]
pub(super) struct WireAlert {
    id: String,
    #[serde(flatten)]
    condition: ConditionBody,
    channel: &'static str,
    tick: u64,
    price: String,
    at: String,
}

/// Somebody who has registered, as everybody may see them.
#[derive(Debug, Serialize)]
pub(super) struct WireNewcomer {
    user_id: String,
    name: String,
    price: String,
    registered_at: String,
}

/// The stable code that a client can tell a refusal by.
#[must_use]
pub const fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::BadMessage(_) => "bad_message",
        Refusal::UnknownOp(_) => "unknown_op",
        Refusal::MessageTooLarge => "message_too_large",
        Refusal::Unauthenticated(_) => "unauthenticated",
        Refusal::InvalidToken(_) => "invalid_token",
        Refusal::AlreadyAuthenticated => "already_authenticated",
        Refusal::InvalidSubscription(_) => "invalid_subscription",
        Refusal::UnknownUsers(_) => "unknown_user",
        Refusal::DuplicateSubscription => "duplicate_subscription",
        Refusal::UnknownSubscription => "unknown_subscription",
        Refusal::TooManySubscriptions => "too_many_subscriptions",
        Refusal::MarketTooLarge { .. } => "market_too_large",
        Refusal::RateLimited => "rate_limited",
        Refusal::ResultTooLarge => "result_too_large",
        Refusal::Unavailable => "unavailable",
    }
}

impl From<&Refusal> for WireProblem {
    fn from(refusal: &Refusal) -> Self {
        Self {
            code: code(refusal),
            message: refusal.to_string(),
            id: None,
        }
    }
}

impl From<&MessageError<Refusal>> for WireProblem {
    fn from(error: &MessageError<Refusal>) -> Self {
        Self {
            id: error.id.clone(),
            ..Self::from(&error.reason)
        }
    }
}

impl From<Replay> for WireReplay {
    fn from(replay: Replay) -> Self {
        let Replay { from, to, complete } = replay;
        Self {
            from: from.get(),
            to: to.get(),
            complete,
        }
    }
}

impl From<&Subscription> for WireSubscription {
    fn from(subscription: &Subscription) -> Self {
        let users = match &subscription.watch {
            Watch::Users(users) => WireUsers::Ids(users.iter().map(ToString::to_string).collect()),
            Watch::Me => WireUsers::Keyword("me"),
            Watch::Market => WireUsers::Keyword("market"),
            Watch::Everyone => WireUsers::Keyword("*"),
            Watch::Registrations => WireUsers::Keyword("registrations"),
            // The raw feed tells of these without being asked.
            Watch::Snapshots => WireUsers::Keyword("snapshots"),
            Watch::Alerts => WireUsers::Keyword("alerts"),
            Watch::Nothing => WireUsers::Keyword("nothing"),
        };
        Self {
            id: subscription.id.to_string(),
            users,
            every: subscription.every,
            live_from: subscription.live_from.get(),
        }
    }
}

impl From<&SavedSnapshot> for WireSnapshot {
    fn from(saved: &SavedSnapshot) -> Self {
        let snapshot = saved.snapshot;
        Self {
            id: snapshot.id.to_string(),
            price: snapshot.price.to_string(),
            tick: snapshot.id.tick().get(),
            requested_at: Instant(snapshot.id.requested_at_ms()).to_string(),
            saved_at: Instant(saved.saved_at_ms).to_string(),
        }
    }
}

impl WireAlert {
    pub(super) fn new(alert: &Alert, crossed: Crossed) -> Self {
        Self {
            id: alert.id.to_string(),
            condition: alert.condition.into(),
            channel: alert.channel.name(),
            tick: crossed.tick.get(),
            price: crossed.price.to_string(),
            at: Instant(crossed.tick.starts_at_ms()).to_string(),
        }
    }
}

impl From<&Newcomer> for WireNewcomer {
    fn from(newcomer: &Newcomer) -> Self {
        Self {
            user_id: newcomer.user_id.to_string(),
            name: newcomer.name.clone(),
            price: newcomer.opening_price.to_string(),
            registered_at: Instant(newcomer.registered_at_ms).to_string(),
        }
    }
}
