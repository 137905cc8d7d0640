use std::collections::HashMap;
use std::sync::Arc;

use app::alerts::UserAlerts;
use app::analytics::ShowAnalytics;
use app::directory::ListUsers;
use app::market::ShowMarket;
use app::snapshots::{SaveSnapshot, Snapshots};
use app::users::{Authenticator, CurrentUser, DeleteUser, LoginAttempts, Profile, Tokens, Users};
use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use domain::{Network, PriceModel, UserId};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::error::Fault;

/// The use cases that resolvers call, and the ports of those that are functions. They are those of REST.
pub struct UseCases {
    /// Tells who the caller is.
    pub authenticator: Authenticator,
    /// Issues tokens.
    pub issuer: Box<dyn Tokens>,
    /// All users.
    pub users: Arc<dyn Users>,
    /// Counts attempts to log in.
    pub attempts: Box<dyn LoginAttempts>,
    /// Lists users.
    pub list: ListUsers,
    /// Sums the market up.
    pub market: ShowMarket,
    /// Deletes users.
    pub delete: DeleteUser,
    /// Takes snapshots.
    pub save: SaveSnapshot,
    /// Finds snapshots.
    pub snapshots: Arc<dyn Snapshots>,
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
    viewer: OnceCell<CurrentUser>,
    profiles: DataLoader<ProfileLoader, HashMapCache>,
}

struct ProfileLoader(Arc<dyn Users>);

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
        let loader = ProfileLoader(Arc::clone(&use_cases.users));
        Self {
            caller,
            viewer: OnceCell::new(),
            profiles: DataLoader::with_cache(loader, tokio::spawn, HashMapCache::default()),
        }
    }

    /// Who the caller is. It is found out once for a request.
    pub(crate) async fn viewer(&self, use_cases: &UseCases) -> Result<&CurrentUser, Fault> {
        let authenticate = || self.authenticate(use_cases);
        self.viewer.get_or_try_init(authenticate).await
    }

    /// Who the caller is at this moment: for mutations, since the one before may have deleted them.
    pub(crate) async fn authenticate(&self, use_cases: &UseCases) -> Result<CurrentUser, Fault> {
        let (token, now_ms) = (self.caller.token.as_deref(), self.caller.now_ms);
        let authenticator = &use_cases.authenticator;
        Ok(authenticator.authenticate(token, now_ms).await?)
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
