use async_graphql::{ID, SimpleObject};
use domain::alert::{Alert, Crossed};

use crate::alert::{AlertChannel, AlertCrossing};
use crate::scalars::{DateTime, Decimal};

/// That the user's price has crossed the threshold of an alert, whatever becomes of the email or text message.
#[derive(SimpleObject)]
pub(crate) struct AlertFired {
    /// The id of the alert.
    id: ID,
    /// Which way the price crossed.
    crossing: AlertCrossing,
    /// The price that was waited for.
    threshold: Decimal,
    /// How else the user is told.
    channel: AlertChannel,
    /// The tick of the price.
    tick: u64,
    /// The price.
    price: Decimal,
    /// When the tick began.
    at: DateTime,
}

impl AlertFired {
    pub(super) fn new(alert: Alert, crossed: Crossed) -> Self {
        Self {
            id: alert.id.to_string().into(),
            crossing: alert.condition.crossing.into(),
            threshold: Decimal::of(alert.condition.threshold),
            channel: alert.channel.into(),
            tick: crossed.tick.get(),
            price: Decimal::of(crossed.price),
            at: DateTime::at_ms(crossed.tick.starts_at_ms()),
        }
    }
}
