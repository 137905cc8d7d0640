use std::collections::HashMap;
use std::sync::Arc;

use app::alerts::UserAlerts;
use app::analytics::ShowAnalytics;
use app::directory::{FindProfiles, ListUsers};
use app::market::ShowMarket;
use app::snapshots::{FindSnapshot, SaveSnapshot};
use app::users::{
    ChangeProfile, DeleteUser, FindLogin, FindProfile, IssueToken, LimitAttempts, Network, Profile,
    StoreUser, authenticate,
};
use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use domain::{PriceModel, UserId};
use feed::Authenticated;
use feed::VerifyToken;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::error::Fault;

/// The use cases that resolvers call, and the ports of those that are functions. They are those of REST.
pub struct UseCases {
    /// Verifies the caller's token, and that they still exist.
    pub viewers: Box<dyn VerifyToken>,
    /// Verifies the caller's token.
    pub tokens: Box<dyn VerifyToken>,
    /// Issues tokens.
    pub issuer: Box<dyn IssueToken>,
    /// Stores new users.
    pub users: Box<dyn StoreUser>,
    /// Finds what a login is checked against.
    pub logins: Box<dyn FindLogin>,
    /// Counts attempts to log in.
    pub limiter: Box<dyn LimitAttempts>,
    /// Reads the caller's profile.
    pub profile: Box<dyn FindProfile>,
    /// Changes it.
    pub changes: Box<dyn ChangeProfile>,
    /// Reads profiles of anybody, many at once.
    pub profiles: Arc<dyn FindProfiles>,
    /// Lists users.
    pub list: ListUsers,
    /// Sums the market up.
    pub market: ShowMarket,
    /// Deletes users.
    pub delete: DeleteUser,
    /// Takes snapshots.
    pub save: SaveSnapshot,
    /// Finds snapshots.
    pub snapshots: Box<dyn FindSnapshot>,
    /// Shows histories, statistics and prices.
    pub analytics: ShowAnalytics,
    /// Keeps alerts.
    pub alerts: UserAlerts,
    /// Gives prices.
    pub prices: PriceModel,
    /// Makes a UUID of version 7 that carries the present instant.
    pub new_uuid: fn() -> Uuid,
}

/// Who makes a request, from where and when.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The access token that they presented, if any. It may be worth nothing.
    pub token: Option<String>,
    /// Where they come from.
    pub network: Network,
    /// The instant of the request, in milliseconds since the Unix epoch.
    pub now_ms: u64,
}

/// What resolvers know of the request that they work for.
pub(crate) struct RequestContext {
    pub(crate) caller: Caller,
    viewer: OnceCell<Authenticated>,
    profiles: DataLoader<ProfileLoader, HashMapCache>,
}

struct ProfileLoader(Arc<dyn FindProfiles>);

impl Loader<UserId> for ProfileLoader {
    type Value = Profile;
    type Error = Fault;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, Profile>, Fault> {
        let profiles = self.0.find_profiles(ids).await?;
        let by_id = profiles.into_iter().map(|profile| (profile.id, profile));
        Ok(by_id.collect())
    }
}

impl RequestContext {
    pub(crate) fn new(caller: Caller, use_cases: &UseCases) -> Self {
        let loader = ProfileLoader(Arc::clone(&use_cases.profiles));
        Self {
            caller,
            viewer: OnceCell::new(),
            profiles: DataLoader::with_cache(loader, tokio::spawn, HashMapCache::default()),
        }
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.caller.token.as_deref()
    }

    /// Who the caller is. It is found out once for a request.
    pub(crate) async fn viewer(&self, use_cases: &UseCases) -> Result<Authenticated, Fault> {
        let verify = || authenticate(&*use_cases.viewers, self.token(), self.caller.now_ms);
        Ok(*self.viewer.get_or_try_init(verify).await?)
    }

    /// The profile of a user, if there is such a user, read together with others that are asked for meanwhile.
    pub(crate) async fn profile(&self, id: UserId) -> Result<Option<Profile>, Fault> {
        self.profiles.load_one(id).await
    }
}

pub(crate) fn use_cases<'a>(ctx: &Context<'a>) -> &'a UseCases {
    ctx.data_unchecked::<Arc<UseCases>>()
}

pub(crate) fn request<'a>(ctx: &Context<'a>) -> &'a RequestContext {
    ctx.data_unchecked::<RequestContext>()
}
