//! What the WebSocket feed consists of: who is connected and subscribed, how they are reached, and what executes their
//! operations.

use std::sync::{Arc, OnceLock};

use api::frames::JsonFrames;
use app::users::Authenticator;
use domain::PriceModel;
use feed::fanout::FanOut;
use feed::operations::{Control, Operations};
use feed::session::{MarketAccess, OpenConnection, Session};
use feed::{Answering, EventDispatcher, FeedPorts, VerifyToken};
use graphql_schema::LiveSchema;
use messaging::push::PushClient;
use store::feed::{DynamoDirectory, DynamoFeed};

use crate::clients::Clients;
use crate::clock::SystemClock;
use crate::config::Tables;
use crate::push::{self, PushEndpoint, PushError};

/// Connections, subscriptions and the audience.
#[must_use]
pub fn store(clients: &Clients, tables: &Tables) -> DynamoFeed {
    DynamoFeed::new(
        clients.dynamodb(),
        tables.feed.clone(),
        Arc::new(SystemClock),
    )
}

/// Opens connections of users whom `tokens` knows.
#[must_use]
pub fn open_connection(
    clients: &Clients,
    tables: &Tables,
    tokens: Authenticator,
) -> OpenConnection {
    OpenConnection {
        clock: Arc::new(SystemClock),
        tokens: Arc::new(tokens),
        connections: Arc::new(store(clients, tables)),
    }
}

/// What everything shares that sends to the feed.
pub struct Feed {
    store: Arc<DynamoFeed>,
    push: Arc<PushClient>,
    directory: Arc<DynamoDirectory>,
    /// Built only where operations are executed: it is most of what a cold start takes there.
    execute: OnceLock<Arc<LiveSchema>>,
    answering: Answering,
}

impl Feed {
    /// The feed whose connections are posted to at this endpoint.
    ///
    /// # Errors
    /// [`PushError`] names what is missing.
    pub fn new(
        clients: &Clients,
        tables: &Tables,
        endpoint: PushEndpoint,
    ) -> Result<Self, PushError> {
        Ok(Self {
            store: Arc::new(store(clients, tables)),
            push: Arc::new(push::client(clients, endpoint)?),
            directory: Arc::new(directory(clients, tables)),
            execute: OnceLock::new(),
            answering: Answering::default(),
        })
    }

    /// Connections, subscriptions and the audience.
    #[must_use]
    pub fn store(&self) -> Arc<DynamoFeed> {
        Arc::clone(&self.store)
    }

    /// Posts to connections.
    #[must_use]
    pub fn push(&self) -> Arc<PushClient> {
        Arc::clone(&self.push)
    }

    /// The connections that operations of this feed are just answering on.
    #[must_use]
    pub fn answering(&self) -> Answering {
        self.answering.clone()
    }

    /// Sends prices, market summaries and registrations to everybody who subscribed to them.
    #[must_use]
    pub fn fan_out(&self) -> FanOut {
        FanOut::new(self.ports(), self.execute())
    }

    /// Tells users what concerns them alone.
    #[must_use]
    pub fn dispatcher(&self) -> EventDispatcher {
        EventDispatcher::new(self.ports(), self.execute())
    }

    /// Answers messages of the raw feed.
    #[must_use]
    pub fn session(
        &self,
        tokens: Arc<dyn VerifyToken>,
        prices: PriceModel,
        everyone_limit: usize,
    ) -> Session {
        let market = self.market(prices, everyone_limit);
        Session::new(self.ports(), tokens, market)
    }

    /// Answers what GraphQL clients say besides their operations.
    #[must_use]
    pub fn control(&self, tokens: Arc<dyn VerifyToken>) -> Control {
        Control::new(self.ports(), tokens)
    }

    /// Runs GraphQL operations.
    #[must_use]
    pub fn operations(&self, prices: PriceModel, everyone_limit: usize) -> Operations {
        let market = self.market(prices, everyone_limit);
        Operations::new(self.ports(), self.execute(), market, self.answering())
    }

    fn execute(&self) -> Arc<LiveSchema> {
        Arc::clone(self.execute.get_or_init(Arc::default))
    }

    fn market(&self, model: PriceModel, everyone_limit: usize) -> MarketAccess {
        MarketAccess {
            users: Arc::<DynamoDirectory>::clone(&self.directory),
            model,
            everyone_limit,
        }
    }

    fn ports(&self) -> FeedPorts {
        FeedPorts {
            clock: Arc::new(SystemClock),
            connections: self.store(),
            subscriptions: self.store(),
            progress: self.store(),
            push: self.push(),
            encode: Arc::new(JsonFrames),
        }
    }
}

/// Everybody who is registered, as far as subscriptions to all of them need it.
pub(crate) fn directory(clients: &Clients, tables: &Tables) -> DynamoDirectory {
    DynamoDirectory::new(clients.dynamodb(), tables.users.clone())
}
