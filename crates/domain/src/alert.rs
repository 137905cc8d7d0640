//! Price alerts: what a user waits for, and when it has come.

use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid, Variant};

use crate::{Price, Tick};

/// Identifies an alert: a UUID of version 7, so that alerts sort by the instant they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(Uuid);

/// Why something is not an alert id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an alert id: expected a hyphenated UUID of version 7")]
pub struct AlertIdError;

impl AlertId {
    /// Bytes in the text form.
    pub const TEXT_LEN: usize = 36;

    /// Makes the id of an alert that is made `created_at_ms` milliseconds after the Unix epoch (the low
    /// 48 bits count), from ten random bytes, of which 74 bits are kept.
    #[must_use]
    pub fn generate(created_at_ms: u64, random: &[u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(created_at_ms, random).into_uuid())
    }

    /// Takes a UUID that is of version 7.
    ///
    /// # Errors
    /// [`AlertIdError`] for every other version or variant.
    pub fn from_uuid(uuid: Uuid) -> Result<Self, AlertIdError> {
        if uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122 {
            Ok(Self(uuid))
        } else {
            Err(AlertIdError)
        }
    }

    /// Reads the hyphenated form, in either case.
    ///
    /// # Errors
    /// [`AlertIdError`] if the text is anything else.
    pub fn parse(text: &str) -> Result<Self, AlertIdError> {
        if text.len() != Self::TEXT_LEN {
            return Err(AlertIdError);
        }
        Self::from_uuid(Uuid::try_parse(text).map_err(|_| AlertIdError)?)
    }

    /// When the alert was made, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn created_at_ms(self) -> u64 {
        (self.0.as_u128() >> 80) as u64
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// Which way a price crosses a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crossing {
    /// It was below and is now at the threshold or above.
    Above,
    /// It was above and is now at the threshold or below.
    Below,
}

/// What a user waits for: their own price to cross a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Condition {
    /// Which way.
    pub crossing: Crossing,
    /// The price that is waited for.
    pub threshold: Price,
}

impl Condition {
    /// Whether the price crosses the threshold between two consecutive ticks. A price that is beyond
    /// the threshold already has to come back first.
    #[must_use]
    pub fn is_crossed(&self, previous: Price, price: Price) -> bool {
        match self.crossing {
            Crossing::Above => previous < self.threshold && self.threshold <= price,
            Crossing::Below => previous > self.threshold && self.threshold >= price,
        }
    }
}

/// How a user is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// By email.
    Email,
    /// By text message.
    Sms,
}

/// The text is not a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a channel: expected email or sms")]
pub struct ChannelError;

impl Channel {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

impl FromStr for Channel {
    type Err = ChannelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "email" => Ok(Self::Email),
            "sms" => Ok(Self::Sms),
            _ => Err(ChannelError),
        }
    }
}

/// A price that crossed a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crossed {
    /// The tick of the price.
    pub tick: Tick,
    /// The price.
    pub price: Price,
}

/// How far an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertState {
    /// It waits for a crossing.
    Armed {
        /// The first tick at which one counts.
        from: Tick,
    },
    /// The price has crossed, and the user is being told.
    Firing(Crossed),
    /// The user has been told.
    Fired(Crossed),
    /// The price has crossed, and the user could not be told.
    Failed(Crossed),
}

impl AlertState {
    /// The crossing, if there was one since the alert was armed.
    #[must_use]
    pub const fn crossed(&self) -> Option<Crossed> {
        match self {
            Self::Armed { .. } => None,
            Self::Firing(crossed) | Self::Fired(crossed) | Self::Failed(crossed) => Some(*crossed),
        }
    }
}

/// An alert of a user on their own price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alert {
    /// Its id, which carries the instant it was made.
    pub id: AlertId,
    /// Whose price, and who is told.
    pub user_id: crate::UserId,
    /// What is waited for.
    pub condition: Condition,
    /// How the user is told.
    pub channel: Channel,
    /// How far it is.
    pub state: AlertState,
}

impl Alert {
    /// The most alerts of one user, whatever their state.
    pub const MAX_PER_USER: u64 = 20;

    /// Whether a price that came with a tick makes the alert fire.
    #[must_use]
    pub fn is_set_off_by(&self, tick: Tick, previous: Price, price: Price) -> bool {
        match self.state {
            AlertState::Armed { from } => {
                tick >= from && self.condition.is_crossed(previous, price)
            }
            AlertState::Firing(_) | AlertState::Fired(_) | AlertState::Failed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
