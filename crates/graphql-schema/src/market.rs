use async_graphql::{Context, Object, Result};
use domain::market::{Mover, Summary};

use crate::context::{request, use_cases};
use crate::scalars::{DateTime, Decimal};
use crate::user::User;

/// How all shareholders stand at one tick.
pub(crate) struct Market(pub(crate) Summary);

/// Somebody who gained or lost more than others.
pub(crate) struct MarketMover(Mover);

/// How all shareholders stand at one tick.
#[Object]
impl Market {
    /// The tick.
    async fn tick(&self) -> u64 {
        self.0.tick.get()
    }

    /// When the tick began.
    async fn at(&self) -> DateTime {
        DateTime::at_ms(self.0.tick.starts_at_ms())
    }

    /// How many shareholders the market counts.
    async fn shareholders(&self) -> u64 {
        self.0.shareholders
    }

    /// The mean of their prices; null while the market counts nobody.
    async fn mean(&self) -> Option<Decimal> {
        self.0.mean.map(Decimal::of)
    }

    /// Who gained most since their opening price, up to ten, the most first.
    #[graphql(complexity = "Summary::MOVERS * child_complexity")]
    async fn gainers(&self) -> Vec<MarketMover> {
        self.0.gainers.iter().copied().map(MarketMover).collect()
    }

    /// Who lost most since their opening price, up to ten, the most first.
    #[graphql(complexity = "Summary::MOVERS * child_complexity")]
    async fn losers(&self) -> Vec<MarketMover> {
        self.0.losers.iter().copied().map(MarketMover).collect()
    }
}

/// Somebody who gained or lost more than others.
#[Object]
impl MarketMover {
    /// Whose share; null if they have just been deleted.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let viewer = request(ctx).viewer(use_cases(ctx)).await?;
        let profile = request(ctx).profile(self.0.user_id).await?;
        Ok(profile.map(|profile| User::seen_by(viewer, profile)))
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
