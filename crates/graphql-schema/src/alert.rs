use async_graphql::{Enum, ID, Object, SimpleObject};
use domain::alert::{AlertState, Channel, Crossing};

use crate::scalars::{DateTime, Decimal};

/// That a user wants to be told when their price crosses a threshold.
pub(crate) struct Alert(pub(crate) domain::alert::Alert);

/// Which way a price crosses a threshold.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Crossing")]
pub(crate) enum AlertCrossing {
    /// It was below and is now at the threshold or above.
    Above,
    /// It was above and is now at the threshold or below.
    Below,
}

/// How a user is told.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Channel")]
pub(crate) enum AlertChannel {
    /// By email.
    Email,
    /// By text message.
    Sms,
}

/// How far an alert is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "AlertState")]
pub(crate) enum AlertProgress {
    /// It waits for a crossing.
    Armed,
    /// The price has crossed, and the user is being told.
    Firing,
    /// The user has been told.
    Fired,
    /// The price has crossed, and the user could not be told.
    Failed,
}

/// A price that crossed a threshold.
#[derive(SimpleObject)]
pub(crate) struct AlertCrossed {
    /// The tick of the price.
    tick: u64,
    /// The price.
    price: Decimal,
    /// When the tick began.
    at: DateTime,
}

/// That a user wants to be told when their price crosses a threshold.
#[Object]
impl Alert {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Which way the price is to cross.
    async fn crossing(&self) -> AlertCrossing {
        self.0.condition.crossing.into()
    }

    /// The price that is waited for.
    async fn threshold(&self) -> Decimal {
        Decimal::of(self.0.condition.threshold)
    }

    /// How the user is told.
    async fn channel(&self) -> AlertChannel {
        self.0.channel.into()
    }

    /// How far it is.
    async fn state(&self) -> AlertProgress {
        match self.0.state {
            AlertState::Armed { .. } => AlertProgress::Armed,
            AlertState::Firing(_) => AlertProgress::Firing,
            AlertState::Fired(_) => AlertProgress::Fired,
            AlertState::Failed(_) => AlertProgress::Failed,
        }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime::at_ms(self.0.id.created_at_ms())
    }

    /// The crossing, if there was one since the alert was armed.
    async fn crossed(&self) -> Option<AlertCrossed> {
        self.0.state.crossed().map(|crossed| AlertCrossed {
            tick: crossed.tick.get(),
            price: Decimal::of(crossed.price),
            at: DateTime::at_ms(crossed.tick.starts_at_ms()),
        })
    }
}
