use async_graphql::{ID, Object};
use domain::{Price, Tick, UserId};
use feed::session::{self, MAX_USERS, TickPrices};

use super::replay::Replay;
use crate::scalars::{DateTime, Decimal};

/// Prices of one tick.
pub(crate) struct PriceUpdate {
    prices: TickPrices,
    resume: Option<Tick>,
    replay: Option<session::Replay>,
}

/// Somebody's price.
pub(super) struct UserPrice {
    user_id: UserId,
    price: Price,
}

impl PriceUpdate {
    pub(super) const fn new(
        prices: TickPrices,
        resume: Option<Tick>,
        replay: Option<session::Replay>,
    ) -> Self {
        Self {
            prices,
            resume,
            replay,
        }
    }
}

/// Prices of one tick. Where there are too many for one message, several hold the same tick.
#[Object]
impl PriceUpdate {
    /// The tick.
    async fn tick(&self) -> u64 {
        self.prices.tick.get()
    }

    /// When the tick began.
    async fn at(&self) -> DateTime {
        DateTime::at_ms(self.prices.tick.starts_at_ms())
    }

    /// The prices, each user's once. Whoever has registered since has none.
    #[graphql(complexity = "MAX_USERS * child_complexity")]
    async fn prices(&self) -> Vec<UserPrice> {
        let prices = self.prices.prices.iter();
        let prices = prices.map(|&(user_id, price)| UserPrice { user_id, price });
        prices.collect()
    }

    /// The tick to name as `since` when you subscribe again: you have everything up to it. Null leaves it at the one
    /// before. After subscribing with `since`, look at the replay alone until its `to` has come.
    async fn resume(&self) -> Option<u64> {
        self.resume.map(Tick::get)
    }

    /// The replay that this is part of; null if it comes live.
    async fn replay(&self) -> Option<Replay> {
        self.replay.map(Replay::from)
    }
}

/// Somebody's price.
#[Object]
impl UserPrice {
    /// Whose.
    async fn user_id(&self) -> ID {
        self.user_id.to_string().into()
    }

    /// The price.
    async fn price(&self) -> Decimal {
        Decimal::of(self.price)
    }
}
