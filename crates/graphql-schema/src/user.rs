use api::instant::Instant;
use app::Error;
use app::analytics::{BucketLength, HistoryRequest, PageLimit, PriceRequest, Thinning};
use app::users::{CurrentUser, Profile};
use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::{Change, Shareholder, Tick};

use crate::alert::Alert;
use crate::analytics::{Analytics, PriceSeries};
use crate::change::ChangeObject;
use crate::context::{request, use_cases};
use crate::cursor;
use crate::error::Fault;
use crate::input::Checks;
use crate::page::{page_cost, page_limit};
use crate::scalars::{DateTime, Decimal};
use crate::snapshot::Snapshot;

/// A user, and the share whose price is theirs.
///
/// Every user may see id, name and prices, past ones too. What else there is, is the user's own: for others, admins too, it
/// is null with an error of code FORBIDDEN.
pub(crate) struct User {
    profile: Profile,
    is_own: bool,
}

/// Which notifications a user wants.
#[derive(SimpleObject)]
pub(crate) struct Notifications {
    /// An email for every snapshot that is saved.
    snapshot_saved: bool,
    /// An email or a text message, as the alert says, when a price alert fires.
    alert: bool,
}

impl User {
    /// The caller's own profile.
    pub(crate) const fn own(profile: Profile) -> Self {
        Self {
            profile,
            is_own: true,
        }
    }

    /// Anybody's profile.
    pub(crate) fn seen_by(viewer: &CurrentUser, profile: Profile) -> Self {
        Self {
            is_own: profile.id == viewer.id(),
            profile,
        }
    }

    fn private(&self) -> Result<&Profile, Fault> {
        if self.is_own {
            Ok(&self.profile)
        } else {
            Err(Error::Forbidden.into())
        }
    }

    /// The user themselves, if the token is theirs: not every profile that is the caller's own is that of the token,
    /// since registering takes none.
    async fn owner<'a>(&self, ctx: &Context<'a>) -> Result<&'a CurrentUser, Fault> {
        let owner = request(ctx).viewer(use_cases(ctx)).await?;
        if owner.id() == self.profile.id {
            Ok(owner)
        } else {
            Err(Error::Forbidden.into())
        }
    }

    fn share(&self, ctx: &Context<'_>) -> (Shareholder, Tick) {
        let shareholder = use_cases(ctx).prices.shareholder(self.profile.id);
        (shareholder, Tick::at_ms(request(ctx).caller.now_ms))
    }
}

/// A user, and the share whose price is theirs.
///
/// Every user may see id, name and prices, past ones too. What else there is, is the user's own: for others, admins too, it
/// is null with an error of code FORBIDDEN.
#[Object]
impl User {
    /// The id, which carries the instant of registration.
    pub(crate) async fn id(&self) -> ID {
        self.profile.id.to_string().into()
    }

    /// The name.
    async fn name(&self) -> &str {
        self.profile.name.as_str()
    }

    /// When the user registered.
    async fn created_at(&self) -> DateTime {
        DateTime::at_ms(self.profile.created_at_ms())
    }

    /// The price at the current tick.
    async fn price(&self, ctx: &Context<'_>) -> Decimal {
        let (share, tick) = self.share(ctx);
        Decimal::of(share.price_at(tick))
    }

    /// The current tick: how many times five seconds have passed since 1970.
    async fn tick(&self, ctx: &Context<'_>) -> u64 {
        self.share(ctx).1.get()
    }

    /// The price assigned at registration.
    async fn opening_price(&self, ctx: &Context<'_>) -> Decimal {
        Decimal::of(self.share(ctx).0.opening_price())
    }

    /// From the opening price to the price at the current tick.
    async fn change(&self, ctx: &Context<'_>) -> ChangeObject {
        let (share, tick) = self.share(ctx);
        Change::between(share.opening_price(), share.price_at(tick)).into()
    }

    /// The email address as the user wrote it. Private.
    async fn email(&self) -> Result<Option<&str>> {
        Ok(Some(self.private()?.email.as_str()))
    }

    /// The telephone number, if the user has given one. Private.
    async fn phone(&self) -> Result<Option<&str>> {
        let phone = self.private()?.phone.as_ref();
        Ok(phone.map(domain::user::Phone::as_str))
    }

    /// Which notifications the user wants. Private.
    async fn notifications(&self) -> Result<Option<Notifications>> {
        let preferences = self.private()?.preferences;
        Ok(Some(Notifications {
            snapshot_saved: preferences.snapshot_saved,
            alert: preferences.alert,
        }))
    }

    /// The user's price alerts, the oldest first: at most 20. Private.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn alerts(&self, ctx: &Context<'_>) -> Result<Option<Vec<Alert>>> {
        let owner = self.owner(ctx).await?;
        let alerts = use_cases(ctx).alerts.list(owner).await;
        let alerts = alerts.map_err(Fault::from)?;
        Ok(Some(alerts.into_iter().map(Alert).collect()))
    }

    /// The user's saved snapshots, the newest first. Private.
    #[graphql(complexity = "10 + page_cost(first, child_complexity)")]
    async fn snapshots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100; 50 if it is not given.")] first: Option<i32>,
        #[graphql(desc = "A cursor: snapshots after it, which are older.")] after: Option<String>,
    ) -> Result<Option<Connection<String, Snapshot>>> {
        let owner = self.owner(ctx).await?;
        let mut checks = Checks::default();
        let limit = checks.read("first", page_limit(first));
        let after = after.as_deref().map(cursor::to_snapshot).transpose();
        let after = checks.read("after", after);
        let (limit, cursor) = checks.finish(limit.zip(after))?;
        let user = self.profile.id.to_string();
        let wanted = HistoryRequest {
            user,
            cursor,
            limit,
        };
        let shown = use_cases(ctx).analytics.history(owner, &wanted).await;
        let shown = shown.map_err(Fault::from)?;
        let mut connection = Connection::new(cursor.is_some(), shown.next.is_some());
        connection.edges.extend(shown.history.iter().map(|saved| {
            let cursor = cursor::of_snapshot(shown.user_id, saved.snapshot.id);
            Edge::new(cursor, Snapshot::from(*saved))
        }));
        Ok(Some(connection))
    }

    /// What all saved snapshots of the user amount to. Private.
    #[graphql(complexity = "10 + child_complexity")]
    async fn analytics(&self, ctx: &Context<'_>) -> Result<Option<Analytics>> {
        let owner = self.owner(ctx).await?;
        let wanted = HistoryRequest {
            user: self.profile.id.to_string(),
            cursor: None,
            limit: PageLimit::default(),
        };
        let shown = use_cases(ctx).analytics.history(owner, &wanted).await;
        let shown = shown.map_err(Fault::from)?;
        Ok(Some(shown.statistics.as_ref().into()))
    }

    /// The user's prices in a period, as they were when they came live. There are none before registration and none after
    /// now.
    #[graphql(complexity = "200 + child_complexity")]
    async fn prices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first instant; an hour before `to` if it is not given.")]
        from: Option<DateTime>,
        #[graphql(
            desc = "The last instant; now if it is not given. At most 366 days after `from`."
        )]
        to: Option<DateTime>,
        #[graphql(
            desc = "How many ticks a bucket has, 1 or more. Buckets begin at multiples of it, and there may be at most 2000. As few as make at most 500 buckets, if it is not given."
        )]
        ticks_per_bucket: Option<i32>,
    ) -> Result<Option<PriceSeries>> {
        let viewer = request(ctx).viewer(use_cases(ctx)).await?;
        let mut checks = Checks::default();
        let instant = |at: Option<DateTime>| at.map(|at| at.0.parse::<Instant>()).transpose();
        let from = checks.read("from", instant(from));
        let to = checks.read("to", instant(to));
        let length = ticks_per_bucket.map(BucketLength::try_from).transpose();
        let length = checks.read("ticksPerBucket", length);
        let wanted = from.zip(to).zip(length);
        let ((from, to), length) = checks.finish(wanted)?;
        let wanted = PriceRequest {
            user: self.profile.id.to_string(),
            from_ms: from.map(|Instant(unix_ms)| unix_ms),
            to_ms: to.map(|Instant(unix_ms)| unix_ms),
            thinning: length.map_or_else(Thinning::default, Thinning::Every),
        };
        let now_ms = request(ctx).caller.now_ms;
        let prices = use_cases(ctx).analytics.prices(viewer, &wanted, now_ms);
        Ok(Some((&prices.await.map_err(Fault::from)?).into()))
    }
}
