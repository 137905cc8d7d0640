//! A session in paused time, whose ports are all one [`MemoryFeed`].

use std::sync::Arc;
use std::time::Duration;

use domain::{PriceModel, Tick};

use crate::authentication::Authenticated;
use crate::clock::Clock as _;
use crate::connection::{Connection, ConnectionId, Connections as _, Protocol};
use crate::fakes::{Faults, MemoryFeed, START, connection, subscription_id, user};
use crate::frame::Frame;
use crate::message_error::MessageError;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::session::{FeedMessage, MarketAccess, Session};
use crate::subscription::{SubscriptionRequest, Watch};

/// What reached the client, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Reply(Reply),
    Live(Tick),
    /// A frame that was not a reply of the raw feed.
    Pushed(String),
    Closed,
}

/// A connection of user 0.
pub(crate) struct Stage {
    pub(crate) feed: Arc<MemoryFeed>,
}

pub(crate) fn model() -> PriceModel {
    PriceModel::new(b"a secret of at least thirty-two bytes")
}

/// A market of which `*` holds 10 users.
pub(crate) fn market(feed: &Arc<MemoryFeed>) -> MarketAccess {
    MarketAccess {
        users: feed.clone(),
        model: model(),
        everyone_limit: 10,
    }
}

pub(crate) fn connection_id() -> ConnectionId {
    connection("c1")
}

pub(crate) fn subscribe(watch: Watch, since: Option<Tick>, every: u32) -> FeedMessage {
    FeedMessage::Subscribe(SubscriptionRequest {
        id: subscription_id("s"),
        watch,
        since,
        every,
        operation: None,
    })
}

impl Stage {
    /// `offset_ms` into [`START`], with a session of which `*` holds 10 users.
    pub(crate) fn new(offset_ms: u64, faults: Faults) -> (Self, Session) {
        let origin_ms = START.starts_at_ms() + offset_ms;
        let identity = Authenticated {
            user_id: user(0),
            expires_at: origin_ms / 1000 + 3_600,
            role: Default::default(),
        };
        let connection = Connection {
            id: connection_id(),
            connected_at_ms: origin_ms,
            protocol: Protocol::FastfusionV1,
            is_initialised: false,
            network: None,
            identity: Some(identity),
            messages: 0,
            window_start_ms: origin_ms,
            window_base: 0,
        };
        let feed = Arc::new(MemoryFeed::started_at(origin_ms));
        {
            let mut known = feed.known();
            known.users = (0..3).map(user).collect();
            known.connections.insert(connection_id(), connection);
            known.faults = faults;
        }
        let session = Session::new(feed.ports(), feed.clone(), market(&feed));
        (Self { feed }, session)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.feed.now_ms()
    }

    pub(crate) fn connection(&self) -> Option<Connection> {
        self.feed.known().connections.get(&connection_id()).cloned()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Connection)) {
        let mut known = self.feed.known();
        change(known.connections.get_mut(&connection_id()).unwrap());
    }

    /// Forgets the connection.
    pub(crate) fn disconnect(&self) {
        self.feed.known().connections.clear();
    }

    /// Publishes every tick from the next one to `last`, `lateness_ms` after its boundary, to the
    /// subscription that is stored then.
    pub(crate) async fn fan_out(feed: Arc<MemoryFeed>, last: Tick, lateness_ms: u64) {
        let mut tick = Tick::at_ms(feed.now_ms()).next();
        while tick <= last {
            feed.sleep_until(tick.starts_at_ms() + lateness_ms).await;
            let is_wanted = {
                let known = feed.known();
                let mut live = known.subscriptions.values();
                live.any(|subscription| {
                    known.live.contains(&subscription.id)
                        && tick >= subscription.live_from
                        && tick.get().is_multiple_of(subscription.every.into())
                })
            };
            if is_wanted {
                feed.arrived(&connection_id(), &Frame::new(format!("live {tick}")));
            }
            tick = tick.next();
        }
    }

    /// Counts a message of the connection and has it answered.
    pub(crate) async fn receive(
        &self,
        session: &Session,
        message: Result<FeedMessage, MessageError<Refusal>>,
    ) -> Option<Frame> {
        let counted = self.feed.count_message(&connection_id()).await;
        let last = session.receive(&connection_id(), counted, message).await?;
        let send_ms = self.feed.known().faults.send_ms;
        tokio::time::sleep(Duration::from_millis(send_ms)).await;
        self.feed.arrived(&connection_id(), &last);
        Some(last)
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        let known = self.feed.known();
        let event = |text: String| {
            if let Some(number) = text.strip_prefix("reply ") {
                let number: usize = number.parse().unwrap();
                return Some(Event::Reply(known.replies[number].clone()));
            }
            if let Some(tick) = text.strip_prefix("live ") {
                return Some(Event::Live(Tick(tick.parse().unwrap())));
            }
            match text.trim_end() {
                "closed" => Some(Event::Closed),
                "part" => None,
                text => Some(Event::Pushed(text.to_owned())),
            }
        };
        let posts = known.posts.iter();
        posts.filter_map(|post| event(post.frame.text())).collect()
    }

    pub(crate) fn replies(&self) -> Vec<Reply> {
        let reply = |event| match event {
            Event::Reply(reply) => Some(reply),
            Event::Live(_) | Event::Pushed(_) | Event::Closed => None,
        };
        self.events().into_iter().filter_map(reply).collect()
    }
}

/// The one reply to a message.
pub(crate) async fn ask(
    stage: &Stage,
    session: &Session,
    message: Result<FeedMessage, MessageError<Refusal>>,
) -> Reply {
    stage.receive(session, message).await.expect("an answer");
    stage.replies().pop().expect("a reply")
}
