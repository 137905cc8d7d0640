use std::collections::HashSet;
use std::fmt;

use domain::{Tick, UserId};

use crate::limits::{MAX_EVERY, MAX_ID_CHARS, MAX_USERS};
use crate::operation::LiveOperation;
use crate::refusal::Refusal;

/// The id of a subscription: chosen by the client, unique within its connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionId(String);

impl SubscriptionId {
    /// Reads an id of 1 to 64 printable characters.
    ///
    /// # Errors
    /// [`Refusal::InvalidSubscription`] that says what would be right.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let printable = text.chars().all(|c| !c.is_control());
        if text.is_empty() || text.chars().count() > MAX_ID_CHARS || !printable {
            return Err(Refusal::InvalidSubscription(format!(
                "id must have 1 to {MAX_ID_CHARS} printable characters"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as the client wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a client wants to watch, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watch {
    /// These users, in the client's order.
    Users(Vec<UserId>),
    /// The user whose token the connection was authenticated with.
    Me,
    /// Market summaries.
    Market,
    /// All users, also those who register later.
    Everyone,
    /// Registrations of users.
    Registrations,
    /// Snapshots of the user's own, once they are saved.
    Snapshots,
    /// Alerts of the user's own, when they fire.
    Alerts,
    /// Nothing: the id is taken by an operation that is executed once.
    Nothing,
}

impl Watch {
    /// Whether what is watched comes with ticks.
    #[must_use]
    pub const fn has_ticks(&self) -> bool {
        match self {
            Self::Users(_) | Self::Me | Self::Market | Self::Everyone => true,
            Self::Registrations | Self::Snapshots | Self::Alerts | Self::Nothing => false,
        }
    }

    /// Some users by id.
    ///
    /// # Errors
    /// [`Refusal::InvalidSubscription`] unless there are 1 to 100, each once.
    pub fn users(users: Vec<UserId>) -> Result<Self, Refusal> {
        if users.is_empty() || users.len() > MAX_USERS {
            return Err(Refusal::InvalidSubscription(format!(
                "users must name 1 to {MAX_USERS} users, not {}",
                users.len()
            )));
        }
        let mut seen = HashSet::with_capacity(users.len());
        if let Some(twice) = users.iter().find(|user| !seen.insert(**user)) {
            return Err(Refusal::InvalidSubscription(format!(
                "users names {twice} twice"
            )));
        }
        Ok(Self::Users(users))
    }
}

/// A subscription as a client asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRequest {
    /// Its id.
    pub id: SubscriptionId,
    /// What to watch.
    pub watch: Watch,
    /// The last tick that the client has, if it wants those after it.
    pub since: Option<Tick>,
    /// Only ticks that this divides.
    pub every: u32,
    /// What is executed for each event; `None` for the raw feed.
    pub operation: Option<LiveOperation>,
}

impl SubscriptionRequest {
    /// A request that keeps the rules. `every` is 1 unless the client says otherwise.
    ///
    /// # Errors
    /// [`Refusal::InvalidSubscription`] unless `every` is 1 to 720, or if something that belongs to no tick
    /// shall come since one or every so many.
    pub fn new(
        id: SubscriptionId,
        watch: Watch,
        since: Option<Tick>,
        every: Option<u64>,
    ) -> Result<Self, Refusal> {
        if !watch.has_ticks() && (since.is_some() || every.is_some()) {
            return Err(Refusal::InvalidSubscription(
                "registrations have no ticks: leave out since and every".to_owned(),
            ));
        }
        let every = match every {
            None => 1,
            Some(every) => u32::try_from(every)
                .ok()
                .filter(|every| (1..=MAX_EVERY).contains(every))
                .ok_or_else(|| {
                    Refusal::InvalidSubscription(format!("every must be 1 to {MAX_EVERY}"))
                })?,
        };
        Ok(Self {
            id,
            watch,
            since,
            every,
            operation: None,
        })
    }
}

/// A subscription as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// What it watches.
    pub watch: Watch,
    /// Only ticks that this divides are sent.
    pub every: u32,
    /// The first tick that is sent live.
    pub live_from: Tick,
    /// What is executed for each event; `None` for the raw feed.
    pub operation: Option<LiveOperation>,
}
