use app::analytics::PageLimit;
use app::directory::{ListUsers, NamePrefix};
use app::snapshots::find_snapshot;
use app::users::CurrentUser;
use app::{Error, FieldError};
use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Enum, ID, Object, Result};
use domain::UserId;
use futures_util::future::try_join_all;

use crate::alert::Alert;
use crate::context::{request, use_cases};
use crate::cursor;
use crate::error::Fault;
use crate::input::Checks;
use crate::market::Market;
use crate::node::Node;
use crate::page::{page_cost, page_limit};
use crate::snapshot::Snapshot;
use crate::user::User;

/// What users are sorted by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserOrder {
    /// When they registered, the first first.
    Registration,
    /// Their names in lower case, by the code points of their characters.
    Name,
}

/// The complexity of finding out what has an id, which takes up to three reads.
const NODE_COST: usize = 10;

/// What there is to see. Everything takes an access token.
pub(crate) struct Query;

/// What there is to see. Everything takes an access token.
#[Object]
impl Query {
    /// The caller.
    #[graphql(complexity = "2 + child_complexity")]
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let viewer = request(ctx).viewer(use_cases(ctx)).await?;
        Ok(Some(User::own(viewer.profile().clone())))
    }

    /// What has this id: a user, or a snapshot or an alert of the caller's. Null if there is nothing that the caller may see.
    #[graphql(complexity = "NODE_COST + child_complexity")]
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        if let Some(user) = self.user(ctx, id.clone()).await? {
            return Ok(Some(Node::User(user)));
        }
        if let Some(snapshot) = self.snapshot(ctx, id.clone()).await? {
            return Ok(Some(Node::Snapshot(snapshot)));
        }
        let alert = self.alert(ctx, id).await?;
        Ok(alert.map(Node::Alert))
    }

    /// What has these ids, in their order, each as `node` gives it.
    #[graphql(complexity = "ids.len().saturating_mul(NODE_COST + child_complexity)")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100.")] ids: Vec<ID>,
    ) -> Result<Option<Vec<Option<Node>>>> {
        let mut checks = Checks::default();
        let checked = checks.read("ids", at_most_a_page(ids));
        let ids = checks.finish(checked)?;
        let nodes = ids.into_iter().map(|id| self.node(ctx, id));
        Ok(Some(try_join_all(nodes).await?))
    }

    /// A user, or null if there is none with this id.
    #[graphql(complexity = "2 + child_complexity")]
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>> {
        let viewer = request(ctx).viewer(use_cases(ctx)).await?;
        let Ok(id) = UserId::parse(&id) else {
            return Ok(None);
        };
        let profile = request(ctx).profile(id).await?;
        Ok(profile.map(|profile| User::seen_by(viewer, profile)))
    }

    /// All users, or those whose names begin as `search` says, which are in the order of their names. Who has registered this
    /// very moment may be missing.
    #[graphql(complexity = "20 + page_cost(first, child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100; 50 if it is not given.")] first: Option<i32>,
        #[graphql(desc = "A cursor of the same list: users after it.")] after: Option<String>,
        #[graphql(desc = "How the name begins, in whatever case.")] search: Option<String>,
        #[graphql(
            desc = "REGISTRATION if it is not given. With `search` it can be NAME alone, which is then what it is if it is not given."
        )]
        order_by: Option<UserOrder>,
    ) -> Result<Option<Connection<String, User>>> {
        let viewer = request(ctx).viewer(use_cases(ctx)).await?;
        let list = &use_cases(ctx).list;
        let after = after.as_deref();
        let users = match (search.as_deref(), order_by) {
            (None, None | Some(UserOrder::Registration)) => {
                list_by_registration(list, viewer, first, after).await?
            }
            (search, Some(UserOrder::Name)) | (search @ Some(_), None) => {
                list_by_name(list, viewer, search, first, after).await?
            }
            (Some(_), Some(UserOrder::Registration)) => return Err(search_by_registration().into()),
        };
        Ok(Some(users))
    }

    /// One of the caller's snapshots, pending or saved, or null if they have none with this id.
    #[graphql(complexity = "5 + child_complexity")]
    async fn snapshot(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Snapshot>> {
        let viewer = request(ctx).viewer(use_cases(ctx)).await?;
        match find_snapshot(&*use_cases(ctx).snapshots, viewer, &id).await {
            Ok(found) => Ok(Some(found.into())),
            Err(Error::SnapshotNotFound) => Ok(None),
            Err(error) => Err(Fault::from(error).into()),
        }
    }

    /// One of the caller's alerts, or null if they have none with this id.
    #[graphql(complexity = "5 + child_complexity")]
    async fn alert(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Alert>> {
        let viewer = request(ctx).viewer(use_cases(ctx)).await?;
        match use_cases(ctx).alerts.show(viewer, &id).await {
            Ok(found) => Ok(Some(Alert(found))),
            Err(Error::AlertNotFound) => Ok(None),
            Err(error) => Err(Fault::from(error).into()),
        }
    }

    /// The market at the current tick, or null if it has too many shareholders to be summed up on request.
    #[graphql(complexity = "100 + child_complexity")]
    async fn market(&self, ctx: &Context<'_>) -> Result<Option<Market>> {
        let request = request(ctx);
        let viewer = request.viewer(use_cases(ctx)).await?;
        let market = use_cases(ctx).market.show(viewer, request.caller.now_ms);
        let market = market.await.map_err(Fault::from)?;
        Ok(market.map(Market))
    }
}

fn at_most_a_page(ids: Vec<ID>) -> std::result::Result<Vec<ID>, String> {
    let (count, limit) = (ids.len(), PageLimit::MAX);
    if count > usize::from(limit) {
        return Err(format!("has {count} ids: expected at most {limit}"));
    }
    Ok(ids)
}

type UserConnection = Connection<String, User>;

fn search_by_registration() -> Fault {
    let refused = FieldError {
        field: "orderBy".to_owned(),
        detail: "is REGISTRATION with a `search`: expected NAME, or none".to_owned(),
    };
    Error::Invalid(vec![refused]).into()
}

async fn list_by_registration(
    list: &ListUsers,
    viewer: &CurrentUser,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<UserConnection, Fault> {
    let mut checks = Checks::default();
    let limit = checks.read("first", page_limit(first));
    let after = checks.read("after", after.map(cursor::to_user).transpose());
    let (limit, after) = checks.finish(limit.zip(after))?;
    let page = list.list(viewer, after, limit).await?;
    let mut connection = Connection::new(after.is_some(), page.has_more);
    connection
        .edges
        .extend(page.users.into_iter().map(|profile| {
            let cursor = cursor::of_user(profile.id);
            Edge::new(cursor, User::seen_by(viewer, profile))
        }));
    Ok(connection)
}

async fn list_by_name(
    list: &ListUsers,
    viewer: &CurrentUser,
    search: Option<&str>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<UserConnection, Fault> {
    let mut checks = Checks::default();
    let prefix = checks.read("search", search.map(NamePrefix::parse).transpose());
    let limit = checks.read("first", page_limit(first));
    let after = checks.read("after", after.map(cursor::to_name).transpose());
    let ((prefix, limit), after) = checks.finish(prefix.zip(limit).zip(after))?;
    let has_previous = after.is_some();
    let page = list
        .list_by_name(viewer, prefix.as_ref(), after, limit)
        .await?;
    let mut connection = Connection::new(has_previous, page.has_more);
    connection
        .edges
        .extend(page.users.into_iter().map(|(place, profile)| {
            let cursor = cursor::of_name(&place);
            Edge::new(cursor, User::seen_by(viewer, profile))
        }));
    Ok(connection)
}
