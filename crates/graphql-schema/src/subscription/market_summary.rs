use async_graphql::{ID, Object};
use domain::market::{self, Summary};
use feed::session;

use super::replay::Replay;
use crate::scalars::{DateTime, Decimal};

/// How all shareholders stand at one tick.
pub(crate) struct MarketSummary {
    summary: Summary,
    replay: Option<session::Replay>,
}

/// Somebody who gained or lost more than others.
pub(super) struct Mover(market::Mover);

impl MarketSummary {
    pub(super) const fn new(summary: Summary, replay: Option<session::Replay>) -> Self {
        Self { summary, replay }
    }
}

/// How all shareholders stand at one tick.
#[Object]
impl MarketSummary {
    /// The tick.
    async fn tick(&self) -> u64 {
        self.summary.tick.get()
    }

    /// When the tick began.
    async fn at(&self) -> DateTime {
        DateTime::at_ms(self.summary.tick.starts_at_ms())
    }

    /// How many shareholders the market counts.
    async fn shareholders(&self) -> u64 {
        self.summary.shareholders
    }

    /// The mean of their prices; null while the market counts nobody.
    async fn mean(&self) -> Option<Decimal> {
        self.summary.mean.map(Decimal::of)
    }

    /// Who gained most since their opening price, up to ten, the most first.
    #[graphql(complexity = "Summary::MOVERS * child_complexity")]
    async fn gainers(&self) -> Vec<Mover> {
        self.summary.gainers.iter().copied().map(Mover).collect()
    }

    /// Who lost most since their opening price, up to ten, the most first.
    #[graphql(complexity = "Summary::MOVERS * child_complexity")]
    async fn losers(&self) -> Vec<Mover> {
        self.summary.losers.iter().copied().map(Mover).collect()
    }

    /// The replay that this is part of; null if it comes live.
    async fn replay(&self) -> Option<Replay> {
        self.replay.map(Replay::from)
    }
}

/// Somebody who gained or lost more than others.
#[Object]
impl Mover {
    /// Whose share.
    async fn user_id(&self) -> ID {
        self.0.user_id.to_string().into()
    }

    /// The price at the tick.
    async fn price(&self) -> Decimal {
        Decimal::of(self.0.price)
    }

    /// The change since the opening price, in percent.
    async fn change_percent(&self) -> Decimal {
        Decimal::of(self.0.change_percent)
    }
}
