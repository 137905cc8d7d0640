use std::sync::Arc;

use domain::{Network, Tick, UserId};
use feed::fakes::{Behaviour, EXPIRES_AT, MemoryFeed, connection, operation_key, subscription_id};
use feed::fanout::FanOut;
use feed::session::{Added, Authentication, NewConnection, Protocol, Subscription, Watch};
use feed::{
    Authenticated, Connections as _, EventDispatcher, FeedPorts, LiveOperation, Operation,
    Subscriptions as _,
};
use store::feed::DynamoFeed;

use crate::TestDatabase;

/// The feed on the embedded database. Beyond it frames are text, and connections take what they are sent, or don't.
#[derive(Clone)]
pub struct TestFeed {
    /// Connections, subscriptions and the audience.
    pub store: DynamoFeed,
    /// The other ends of connections, and what makes the frames that they are sent.
    pub memory: Arc<MemoryFeed>,
    now_ms: u64,
}

impl TestFeed {
    /// A feed without connections, whose clock shows this instant now, in Unix milliseconds, and follows Tokio's time.
    #[must_use]
    pub fn new(database: &TestDatabase, now_ms: u64) -> Self {
        let memory = Arc::new(MemoryFeed::started_at(now_ms));
        Self {
            store: database.feed(Arc::<MemoryFeed>::clone(&memory)),
            memory,
            now_ms,
        }
    }

    /// All that the feed needs from outside.
    #[must_use]
    pub fn ports(&self) -> FeedPorts {
        let store = Arc::new(self.store.clone());
        FeedPorts {
            connections: Arc::<DynamoFeed>::clone(&store),
            progress: Arc::<DynamoFeed>::clone(&store),
            subscriptions: store,
            ..self.memory.ports()
        }
    }

    /// Sends what concerns many.
    #[must_use]
    pub fn fan_out(&self) -> FanOut {
        FanOut::new(self.ports(), Arc::<MemoryFeed>::clone(&self.memory))
    }

    /// Tells users what concerns them alone.
    #[must_use]
    pub fn dispatcher(&self) -> EventDispatcher {
        EventDispatcher::new(self.ports(), Arc::<MemoryFeed>::clone(&self.memory))
    }

    /// Opens a connection that speaks the raw feed: of this user, or of nobody yet.
    pub async fn open(&self, id: &str, user: Option<UserId>) {
        let connection = self.connection(id, Protocol::FastfusionV1, user);
        let stored = self.store.store_connection(&connection).await;
        stored.expect("a connection");
    }

    /// Opens a connection that speaks GraphQL: one that a user has initialised, or of nobody yet.
    pub async fn open_graphql(&self, id: &str, user: Option<UserId>) {
        let new = self.connection(id, Protocol::GraphqlTransportWs, user);
        let stored = self.store.store_connection(&new).await;
        stored.expect("a connection");
        if let Some(identity) = new.identity {
            let initialised = self.store.initialise(&new.id, identity).await;
            assert_eq!(initialised.expect("initialised"), Authentication::Done);
        }
    }

    /// Says how the other end of a connection behaves.
    pub fn behave(&self, id: &str, behaviour: Behaviour) {
        self.memory.behave(id, behaviour);
    }

    /// Subscribes on a connection of a user to every tick: to the raw feed, or to an operation with this text.
    pub async fn subscribe(
        &self,
        (id, subscription): (&str, &str),
        user: UserId,
        watch: Watch,
        operation: Option<&str>,
    ) {
        if let Some(text) = operation {
            let operation = Operation {
                key: operation_key(text),
                text: text.to_owned(),
            };
            let stored = self.store.store_operation(&operation, self.now_ms).await;
            stored.expect("an operation");
        }
        let found = self.store.count_message(&connection(id)).await;
        let subscription = Subscription {
            id: subscription_id(subscription),
            watch,
            every: 1,
            live_from: Tick(0),
            operation: operation.map(|text| LiveOperation {
                key: operation_key(text),
                expires_at: EXPIRES_AT,
            }),
        };
        let to = found.expect("a connection").expect("an open one");
        let added = self.store.add_subscription(&to, &subscription).await;
        assert_eq!(added.expect("a subscription"), Added::Stored);
        let live = self.store.go_live(&to, user, &subscription).await;
        assert!(live.expect("a place in the audience"));
    }

    /// What was sent since this was last asked, sorted by connection: where to, and what.
    #[must_use]
    pub fn sent(&self) -> Vec<(String, String)> {
        self.memory.take_posts()
    }

    fn connection(&self, id: &str, protocol: Protocol, user: Option<UserId>) -> NewConnection {
        NewConnection {
            id: connection(id),
            protocol: Some(protocol),
            connected_at_ms: self.now_ms,
            network: Network::of([203, 0, 113, 1].into()),
            identity: user.map(|user_id| Authenticated {
                user_id,
                expires_at: EXPIRES_AT,
                role: Default::default(),
            }),
        }
    }
}
