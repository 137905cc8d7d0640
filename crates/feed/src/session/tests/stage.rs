//! A session on ports of its own, in paused time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::{PriceModel, Tick, UserId};
use tokio::time::{Instant, sleep};

use crate::Clock;
use crate::session::{
    Added, Authentication, Connection, FindUsers, HoldConnection, MAX_SUBSCRIPTIONS, Message,
    Protocol, Refused, Reply, Request, SendReplies, Session, SessionPorts, StoreSubscriptions,
    Subscription, SubscriptionId, SubscriptionRequest, Watch,
};
use crate::{
    AudienceEntry, AudienceShard, ConnectionId, PushError, PushMessages, ReadAudience, Versions,
};
use crate::{Authenticated, VerifyToken};
use crate::{Error, Result};

/// The tick in which every stage begins.
pub(crate) const START: Tick = Tick(353_445_120);

/// What reached the client, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Reply(Reply),
    Live(Tick),
    /// A message that was not a reply of the raw feed.
    Pushed(String),
    Closed,
}

/// How the world behaves.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// What adding a subscription takes; it is there after half of that.
    pub(crate) store_ms: u64,
    /// What sending a message takes.
    pub(crate) send_ms: u64,
    /// How each send fails from the `n`th on.
    pub(crate) send_fails: Option<(usize, fn() -> PushError)>,
    /// Whether the store is out of order.
    pub(crate) store_fails: bool,
}

/// Every port at once.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) users: Mutex<Vec<UserId>>,
    pub(crate) rosters_read: Mutex<usize>,
    pub(crate) connection: Mutex<Option<Connection>>,
    pub(crate) subscriptions: Mutex<HashMap<SubscriptionId, Subscription>>,
    /// What the client has ended before it was added.
    pub(crate) ended: Mutex<Vec<SubscriptionId>>,
    pub(crate) events: Mutex<Vec<Event>>,
    sends: Mutex<usize>,
    origin: Instant,
    origin_ms: u64,
}

pub(crate) fn user(n: u64) -> UserId {
    registered_at(START.minus(1_000_000), n)
}

/// A user who registered during a tick.
pub(crate) fn registered_at(tick: Tick, n: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    UserId::generate(tick.starts_at_ms() + 17, &random)
}

pub(crate) fn model() -> PriceModel {
    PriceModel::new(b"a secret of at least thirty-two bytes")
}

pub(crate) fn connection_id() -> ConnectionId {
    ConnectionId("c1".into())
}

pub(crate) fn subscribe(watch: Watch, since: Option<Tick>, every: u32) -> Request {
    let id = SubscriptionId::parse("s").unwrap();
    Request::Subscribe(SubscriptionRequest {
        id,
        watch,
        since,
        every,
        operation: None,
    })
}

impl Stage {
    /// A connection of user 0, `offset_ms` into [`START`], with a session of which `*` holds 10 users.
    pub(crate) fn new(offset_ms: u64, world: World) -> (Arc<Self>, Session) {
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
            identity: Some(identity),
            messages: 0,
            window_start_ms: origin_ms,
            window_base: 0,
        };
        let stage = Arc::new(Self {
            world,
            users: Mutex::new((0..3).map(user).collect()),
            rosters_read: Mutex::default(),
            connection: Mutex::new(Some(connection)),
            subscriptions: Mutex::default(),
            ended: Mutex::default(),
            events: Mutex::default(),
            sends: Mutex::default(),
            origin: Instant::now(),
            origin_ms,
        });
        let ports = SessionPorts {
            clock: stage.clone(),
            tokens: stage.clone(),
            connections: stage.clone(),
            subscriptions: stage.clone(),
            audience: stage.clone(),
            users: stage.clone(),
            replies: stage.clone(),
        };
        (stage, Session::new(ports, model(), 10))
    }

    /// Publishes every tick from the next one to `last`, `lateness_ms` after its boundary, to the
    /// subscription that is stored then.
    pub(crate) async fn fan_out(&self, last: Tick, lateness_ms: u64) {
        let mut tick = Tick::at_ms(self.now_ms()).next();
        while tick <= last {
            self.sleep_until(tick.starts_at_ms() + lateness_ms).await;
            let wanted = |subscription: &Subscription| {
                tick >= subscription.live_from
                    && tick.get().is_multiple_of(subscription.every.into())
            };
            if self.subscriptions.lock().unwrap().values().any(wanted) {
                self.events.lock().unwrap().push(Event::Live(tick));
            }
            tick = tick.next();
        }
    }

    /// Counts a message of the connection and has it answered.
    pub(crate) async fn receive(
        &self,
        session: &Session,
        message: Result<Request, Refused>,
    ) -> Option<Message> {
        let counted = self.count_message(&connection_id()).await;
        session.receive(&connection_id(), counted, message).await
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    pub(crate) fn replies(&self) -> Vec<Reply> {
        let reply = |event| match event {
            Event::Reply(reply) => Some(reply),
            Event::Live(_) | Event::Pushed(_) | Event::Closed => None,
        };
        self.events().into_iter().filter_map(reply).collect()
    }

    fn store(&self) -> Result<()> {
        if self.world.store_fails {
            return Err(Error::Unavailable {
                what: "the store",
                source: "out of order".into(),
            });
        }
        Ok(())
    }
}

/// The one reply to a message.
pub(crate) async fn ask(
    stage: &Stage,
    session: &Session,
    message: Result<Request, Refused>,
) -> Reply {
    stage.receive(session, message).await.expect("an answer");
    stage.replies().pop().expect("a reply")
}

#[async_trait]
impl Clock for Stage {
    fn now_ms(&self) -> u64 {
        self.origin_ms + u64::try_from(self.origin.elapsed().as_millis()).unwrap()
    }

    async fn sleep_until(&self, at_ms: u64) {
        sleep(Duration::from_millis(at_ms.saturating_sub(self.now_ms()))).await;
    }
}

#[async_trait]
impl VerifyToken for Stage {
    /// A token is `<user number> <expiry in Unix seconds>`.
    async fn verify(&self, token: &str, _now_ms: u64) -> Result<Authenticated> {
        let bad = || Error::Unauthenticated("the token is malformed");
        let (n, expires_at) = token.split_once(' ').ok_or_else(bad)?;
        let user_id = user(n.parse().map_err(|_| bad())?);
        Ok(Authenticated {
            user_id,
            expires_at: expires_at.parse().map_err(|_| bad())?,
            role: Default::default(),
        })
    }
}

#[async_trait]
impl HoldConnection for Stage {
    async fn count_message(&self, _: &ConnectionId) -> Result<Option<Connection>> {
        self.store()?;
        let mut connection = self.connection.lock().unwrap();
        Ok(connection.as_mut().map(|connection| {
            connection.messages += 1;
            connection.clone()
        }))
    }

    async fn start_window(&self, renewed: &Connection) -> Result<()> {
        *self.connection.lock().unwrap() = Some(renewed.clone());
        Ok(())
    }

    async fn authenticate(
        &self,
        _: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        let mut connection = self.connection.lock().unwrap();
        let Some(connection) = connection.as_mut() else {
            return Ok(Authentication::NoConnection);
        };
        let extends = connection.identity.is_none_or(|held| {
            held.user_id == identity.user_id && held.expires_at < identity.expires_at
        });
        if !extends {
            return Ok(Authentication::Already);
        }
        connection.identity = Some(identity);
        Ok(Authentication::Done)
    }

    async fn initialise(
        &self,
        _: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        let mut connection = self.connection.lock().unwrap();
        let Some(connection) = connection.as_mut() else {
            return Ok(Authentication::NoConnection);
        };
        if std::mem::replace(&mut connection.is_initialised, true) {
            return Ok(Authentication::Already);
        }
        connection.identity = Some(identity);
        Ok(Authentication::Done)
    }
}

#[async_trait]
impl StoreSubscriptions for Stage {
    async fn add_subscription(
        &self,
        _: &Connection,
        _: UserId,
        subscription: &Subscription,
    ) -> Result<Added> {
        sleep(Duration::from_millis(self.world.store_ms / 2)).await;
        {
            let mut subscriptions = self.subscriptions.lock().unwrap();
            if self.connection.lock().unwrap().is_none() {
                return Ok(Added::NoConnection);
            }
            if self.ended.lock().unwrap().contains(&subscription.id) {
                return Ok(Added::Ended);
            }
            if subscriptions.contains_key(&subscription.id) {
                return Ok(Added::Duplicate);
            }
            if subscriptions.len() as u64 == MAX_SUBSCRIPTIONS {
                return Ok(Added::TooMany);
            }
            subscriptions.insert(subscription.id.clone(), subscription.clone());
        }
        sleep(Duration::from_millis(self.world.store_ms.div_ceil(2))).await;
        Ok(Added::Stored)
    }

    async fn remove_subscription(&self, _: &ConnectionId, id: &SubscriptionId) -> Result<bool> {
        Ok(self.subscriptions.lock().unwrap().remove(id).is_some())
    }

    async fn note_end(&self, _: &ConnectionId, id: &SubscriptionId, _: u64) -> Result<()> {
        self.ended.lock().unwrap().push(id.clone());
        Ok(())
    }

    async fn clear_end(&self, _: &ConnectionId, id: &SubscriptionId) -> Result<()> {
        self.ended.lock().unwrap().retain(|ended| ended != id);
        Ok(())
    }

    async fn subscriptions(&self, _: &ConnectionId) -> Result<Vec<Subscription>> {
        Ok(self
            .subscriptions
            .lock()
            .unwrap()
            .values()
            .cloned()
            .collect())
    }
}

#[async_trait]
impl ReadAudience for Stage {
    async fn versions(&self, _: &[AudienceShard]) -> Result<Versions> {
        unreachable!("a session doesn't read the audience")
    }

    async fn audience(&self, _: AudienceShard) -> Result<Vec<AudienceEntry>> {
        unreachable!("a session doesn't read the audience")
    }

    async fn remove_connection(&self, _: &ConnectionId) -> Result<()> {
        *self.connection.lock().unwrap() = None;
        self.subscriptions.lock().unwrap().clear();
        Ok(())
    }
}

#[async_trait]
impl FindUsers for Stage {
    async fn unknown_users(&self, asked: &[UserId]) -> Result<Vec<UserId>> {
        let users = self.users.lock().unwrap();
        Ok(asked
            .iter()
            .filter(|user| !users.contains(user))
            .copied()
            .collect())
    }

    async fn all_users(&self, limit: usize) -> Result<Option<Vec<UserId>>> {
        *self.rosters_read.lock().unwrap() += 1;
        // Nobody is there before registering.
        let now_ms = self.now_ms();
        let mut users = self.users.lock().unwrap().clone();
        users.retain(|user| user.registered_at_ms() <= now_ms);
        Ok((users.len() <= limit).then_some(users))
    }
}

#[async_trait]
impl PushMessages for Stage {
    async fn push(&self, _: &ConnectionId, body: &[u8], _: Duration) -> Result<(), PushError> {
        let text = String::from_utf8(body.to_vec()).unwrap();
        self.events.lock().unwrap().push(Event::Pushed(text));
        Ok(())
    }

    async fn disconnect(&self, _: &ConnectionId) -> Result<(), PushError> {
        self.events.lock().unwrap().push(Event::Closed);
        Ok(())
    }
}

#[async_trait]
impl SendReplies for Stage {
    async fn send(&self, _: &ConnectionId, reply: &Reply) -> Result<(), PushError> {
        sleep(Duration::from_millis(self.world.send_ms)).await;
        let sends = {
            let mut sends = self.sends.lock().unwrap();
            *sends += 1;
            *sends
        };
        if let Some((from, error)) = self.world.send_fails
            && sends >= from
        {
            return Err(error());
        }
        self.events
            .lock()
            .unwrap()
            .push(Event::Reply(reply.clone()));
        Ok(())
    }

    async fn send_all_but_last(
        &self,
        connection: &ConnectionId,
        reply: &Reply,
    ) -> Result<Option<Message>, PushError> {
        if matches!(reply, Reply::Refused(_)) {
            self.events
                .lock()
                .unwrap()
                .push(Event::Reply(reply.clone()));
        } else {
            self.send(connection, reply).await?;
        }
        Ok(Some(Message(format!("{reply:?}"))))
    }

    async fn disconnect(&self, _: &ConnectionId) -> Result<(), PushError> {
        self.events.lock().unwrap().push(Event::Closed);
        Ok(())
    }
}
