//! What there is to subscribe to. Nothing here reads anything: a root field says what it is about, or shows an event.

mod alert_fired;
mod market_summary;
mod price_update;
mod registered_user;
mod replay;
mod source;

use async_graphql::{Context, ID, Result, Subscription};
use feed::LiveEvent;
use feed::session::Watch;

use crate::snapshot::Snapshot;
use alert_fired::AlertFired;
use market_summary::MarketSummary;
use price_update::PriceUpdate;
use registered_user::RegisteredUser;
use source::{Shown, users_watched};
pub(crate) use source::{Source, Wanted};

/// What one is told of as it happens, over the WebSocket API.
pub(crate) struct Subscription;

/// What one is told of as it happens, over the WebSocket API with the subprotocol graphql-transport-ws. A subscription
/// has one root field.
#[Subscription]
impl Subscription {
    /// Prices as they change, every five seconds: first those of now, or those since a tick.
    #[graphql(complexity = "20 + child_complexity")]
    async fn on_price_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Whose prices: 1 to 100 users, each once. All users, also those who register later, if it is not given."
        )]
        user_ids: Option<Vec<ID>>,
        #[graphql(desc = "The last tick that the client has: those after it come first.")]
        since: Option<u64>,
        #[graphql(
            desc = "Only ticks that this number divides, from 1 to 720: 12 is one a minute. 1 if it is not given."
        )]
        every: Option<u64>,
    ) -> Result<Shown<PriceUpdate>> {
        let wanted = || Wanted::new(users_watched(user_ids)?, since, every);
        Source::of(ctx).show(wanted, |event| match event {
            LiveEvent::Prices {
                prices,
                resume,
                replay,
            } => Some(PriceUpdate::new(prices.clone(), *resume, *replay)),
            _ => None,
        })
    }

    /// How all shareholders stand, every five seconds: first as of now, or since a tick.
    #[graphql(complexity = "20 + child_complexity")]
    async fn on_market(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The last tick that the client has: those after it come first.")]
        since: Option<u64>,
        #[graphql(
            desc = "Only ticks that this number divides, from 1 to 720: 12 is one a minute. 1 if it is not given."
        )]
        every: Option<u64>,
    ) -> Result<Shown<MarketSummary>> {
        let wanted = || Wanted::new(Watch::Market, since, every);
        Source::of(ctx).show(wanted, |event| match event {
            LiveEvent::Market { summary, replay } => {
                Some(MarketSummary::new(summary.clone(), *replay))
            }
            _ => None,
        })
    }

    /// Whoever registers from now on. The same registration may come twice.
    #[graphql(complexity = "20 + child_complexity")]
    async fn on_user_registered(&self, ctx: &Context<'_>) -> Result<Shown<RegisteredUser>> {
        let wanted = || Wanted::new(Watch::Registrations, None, None);
        Source::of(ctx).show(wanted, |event| match event {
            LiveEvent::Registered(newcomer) => Some(RegisteredUser(newcomer.clone())),
            _ => None,
        })
    }

    /// The caller's own snapshots, once they are saved. The same snapshot may come twice.
    #[graphql(complexity = "20 + child_complexity")]
    async fn on_snapshot_saved(&self, ctx: &Context<'_>) -> Result<Shown<Snapshot>> {
        let wanted = || Wanted::new(Watch::Snapshots, None, None);
        Source::of(ctx).show(wanted, |event| match event {
            LiveEvent::SnapshotSaved(saved) => Some(Snapshot::from(*saved)),
            _ => None,
        })
    }

    /// The caller's own alerts, when their price crosses the threshold. The same crossing may come twice.
    #[graphql(complexity = "20 + child_complexity")]
    async fn on_alert(&self, ctx: &Context<'_>) -> Result<Shown<AlertFired>> {
        let wanted = || Wanted::new(Watch::Alerts, None, None);
        Source::of(ctx).show(wanted, |event| match event {
            LiveEvent::AlertFired { alert, crossed } => Some(AlertFired::new(*alert, *crossed)),
            _ => None,
        })
    }
}
