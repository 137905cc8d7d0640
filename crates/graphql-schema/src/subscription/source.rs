use std::sync::{Arc, OnceLock};

use async_graphql::{Context, ID, Result};
use domain::{Tick, UserId};
use feed::session::{SubscriptionId, SubscriptionRequest, Watch};
use feed::{LiveEvent, Refusal};
use futures_util::stream;

use crate::error::{BAD_INPUT, INTERNAL, INVALID_SUBSCRIPTION, coded};

/// What a root field asks for, within its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) watch: Watch,
    pub(crate) since: Option<Tick>,
    pub(crate) every: Option<u64>,
}

/// What root fields work on. It goes along as data of the request.
#[derive(Clone)]
pub(crate) enum Source {
    /// Nothing happens: a root field leaves here what it asks for.
    Plan(Arc<OnceLock<Wanted>>),
    /// This has happened.
    Event(Arc<LiveEvent>),
}

/// The one event that a subscription is executed for, or none.
pub(crate) type Shown<T> = stream::Iter<std::option::IntoIter<T>>;

impl Wanted {
    pub(crate) fn new(watch: Watch, since: Option<u64>, every: Option<u64>) -> Result<Self> {
        let id = SubscriptionId::parse("planned").expect("BUG: it is a valid id");
        let since = since.map(Tick);
        let request = SubscriptionRequest::new(id, watch, since, every);
        let SubscriptionRequest { watch, since, .. } = request.map_err(refused)?;
        Ok(Self {
            watch,
            since,
            every,
        })
    }
}

impl Source {
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data_unchecked::<Self>()
    }

    /// Leaves what a root field asks for, or gives what it makes of the event.
    pub(crate) fn show<T>(
        &self,
        wanted: impl FnOnce() -> Result<Wanted>,
        shown: impl FnOnce(&LiveEvent) -> Option<T>,
    ) -> Result<Shown<T>> {
        let shown = match self {
            Self::Plan(plan) => {
                // Several root fields with the same key ask for the same.
                let wanted = wanted()?;
                plan.get_or_init(|| wanted);
                None
            }
            Self::Event(event) => Some(shown(event).ok_or_else(misplaced)?),
        };
        Ok(stream::iter(shown))
    }
}

/// Whose prices somebody wants.
pub(crate) fn users_watched(ids: Option<Vec<ID>>) -> Result<Watch> {
    let Some(ids) = ids else {
        return Ok(Watch::Everyone);
    };
    let user = |id: &ID| {
        UserId::parse(id)
            .map_err(|error| coded(BAD_INPUT, format!("userIds: {:?} is {error}.", id.as_str())))
    };
    let users = ids.iter().map(user).collect::<Result<_>>()?;
    Watch::users(users).map_err(refused)
}

fn refused(refusal: Refusal) -> async_graphql::Error {
    coded(INVALID_SUBSCRIPTION, refusal)
}

/// Whoever executes operations has mixed them up.
fn misplaced() -> async_graphql::Error {
    coded(INTERNAL, "BUG: the event is not one of this field's.")
}
