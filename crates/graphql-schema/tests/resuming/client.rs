//! A client that does what the documentation says, and whose connection is cut again and again.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{Tick, UserId};
use feed::operations::{OperationMessage, Planned};
use feed::session::{FeedMessage, Refusal, SubscriptionId, SubscriptionRequest, Watch};
use feed::{
    ConnectionId, Connections as _, Executed, Frame, MessageError, Operation, OperationKey,
};
use serde_json::Value;
use tokio::time::sleep;

use super::world::{Dialect, Watched, World};

const OPERATION: &str = "subscription{onPriceUpdate{tick resume prices{userId price}replay{to}}}";

pub struct Client<'a> {
    world: &'a World,
    watch: Watch,
    users: Vec<UserId>,
    connections: u64,
    connection: Option<ConnectionId>,
    /// Everything after this tick was sent, as far as the client knows.
    first: Option<u64>,
    /// What it names as `since`.
    cursor: Option<u64>,
    /// Whether what comes before the live prices has come.
    is_live: bool,
    prices: BTreeMap<(u64, String), String>,
}

impl<'a> Client<'a> {
    pub fn new(world: &'a World) -> Self {
        let (watch, users) = match world.case.watched {
            Watched::Some(count) => {
                let users = world.users[..count].to_vec();
                (Watch::Users(users.clone()), users)
            }
            Watched::All(_) => (Watch::Everyone, world.users.clone()),
        };
        Self {
            world,
            watch,
            users,
            connections: 0,
            connection: None,
            first: None,
            cursor: None,
            is_live: false,
            prices: BTreeMap::new(),
        }
    }

    /// Connects and subscribes, from where it was cut off.
    pub async fn connect(&mut self) {
        self.world.pause(7_000).await;
        if self.cursor.is_none() {
            (self.first, self.prices) = (None, BTreeMap::new());
        }
        self.connections += 1;
        let name = format!("c{}", self.connections);
        let id = ConnectionId(name.as_str().into());
        let is_raw = self.world.case.dialect == Dialect::Raw;
        self.is_live = !is_raw && self.cursor.is_none();
        if is_raw {
            self.world.feed.open(&name, Some(self.users[0])).await;
        } else {
            self.world
                .feed
                .open_graphql(&name, Some(self.users[0]))
                .await;
        }
        self.connection = Some(id.clone());
        let last = if is_raw {
            self.subscribe_raw(&id).await
        } else {
            self.subscribe_graphql(&id).await
        };
        if let Some(frame) = last {
            self.world.feed.memory.arrived(&id, &frame);
        }
    }

    async fn subscribe_raw(&self, id: &ConnectionId) -> Option<Frame> {
        let every = Some(u64::from(self.world.case.every));
        let since = self.cursor.map(Tick);
        let subscription = SubscriptionId::parse("s").unwrap();
        let request = SubscriptionRequest::new(subscription, self.watch.clone(), since, every);
        let counted = self.world.feed.store.count_message(id).await;
        let message: Result<_, MessageError<Refusal>> =
            Ok(FeedMessage::Subscribe(request.unwrap()));
        self.world.session.receive(id, counted, message).await
    }

    async fn subscribe_graphql(&self, id: &ConnectionId) -> Option<Frame> {
        let message = OperationMessage {
            id: SubscriptionId::parse("s").unwrap(),
            request: (),
        };
        let planned = Planned::<std::future::Ready<feed::Result<Executed>>>::Subscription {
            watch: self.watch.clone(),
            since: self.cursor.map(Tick),
            every: Some(u64::from(self.world.case.every)),
            operation: Operation {
                key: OperationKey([9; 32]),
                text: OPERATION.to_owned(),
            },
        };
        self.world
            .operations
            .receive(id, Ok(message), async |(), _, _| planned)
            .await
    }

    /// Listens for a while, and is cut off: part of what was sent never arrives.
    pub async fn listen_and_lose(&mut self) {
        let ms = self.world.random(25_000);
        sleep(Duration::from_millis(ms)).await;
        let sent = self.take();
        let arrived = self.world.random(sent.len() as u64 + 1) as usize;
        for frame in &sent[..arrived] {
            self.hear(frame);
        }
        let id = self.connection.take().unwrap();
        if self.world.random(2) == 0 {
            self.world.feed.store.remove_connection(&id).await.unwrap();
        }
    }

    /// Hears everything that was sent.
    pub fn listen(&mut self) {
        for frame in self.take() {
            self.hear(&frame);
        }
    }

    fn take(&self) -> Vec<Value> {
        let id = self.connection.as_ref().unwrap();
        let posts = std::mem::take(&mut self.world.feed.memory.known().posts);
        let mine = posts.iter().filter(|post| post.to == *id);
        mine.map(|post| serde_json::from_str(&post.frame.text()).unwrap())
            .collect()
    }

    fn hear(&mut self, message: &Value) {
        match self.world.case.dialect {
            Dialect::Raw => self.hear_raw(message),
            Dialect::Graphql => self.hear_graphql(&message["payload"]["data"]["onPriceUpdate"]),
        }
    }

    fn hear_raw(&mut self, message: &Value) {
        match message["type"].as_str().unwrap() {
            "ack" => {}
            "snapshot" => {
                self.add(message["tick"].as_u64().unwrap(), &message["prices"]);
            }
            "prices" => {
                for tick in message["ticks"].as_array().unwrap() {
                    self.add(tick["tick"].as_u64().unwrap(), &tick["prices"]);
                }
            }
            other => panic!("unexpected {other}: {message}"),
        }
        let (is_own, resume) = (message["id"].is_string(), message["resume"].as_u64());
        if let Some(resume) = resume.filter(|_| is_own || self.is_live) {
            self.advance(resume);
        }
        self.is_live |= is_own && resume.is_some() && message["more"] != true;
    }

    fn hear_graphql(&mut self, update: &Value) {
        let prices: serde_json::Map<_, _> = update["prices"]
            .as_array()
            .unwrap_or_else(|| panic!("no prices: {update}"))
            .iter()
            .map(|price| {
                (
                    price["userId"].as_str().unwrap().to_owned(),
                    price["price"].clone(),
                )
            })
            .collect();
        self.add(update["tick"].as_u64().unwrap(), &Value::Object(prices));
        let (resume, replay) = (update["resume"].as_u64(), &update["replay"]);
        if let Some(resume) = resume.filter(|_| self.is_live || !replay.is_null()) {
            self.advance(resume);
            self.is_live |= replay["to"] == resume;
        }
    }

    fn advance(&mut self, resume: u64) {
        self.first.get_or_insert(resume);
        self.cursor = self.cursor.max(Some(resume));
    }

    fn add(&mut self, tick: u64, prices: &Value) {
        for (user, price) in prices.as_object().unwrap() {
            let price = price.as_str().unwrap().to_owned();
            self.prices.insert((tick, user.clone()), price);
        }
    }

    /// The prices that are missing between the first and the last tick that the client believes to have; and how many
    /// ticks ago it would have to resume.
    pub fn verdict(&self) -> (Vec<(u64, String)>, u64) {
        let (first, last) = (self.first.unwrap(), self.cursor.unwrap());
        let every = u64::from(self.world.case.every);
        let ticks = (first + 1..=last).filter(|tick| tick % every == 0);
        let mut lost = Vec::new();
        for tick in ticks {
            for user in &self.users {
                let price = self.world.model.shareholder(*user).price_at(Tick(tick));
                let heard = self.prices.get(&(tick, user.to_string()));
                if heard != Some(&price.to_string()) {
                    lost.push((tick, user.to_string()));
                }
            }
        }
        let now = self.world.now_ms() / Tick::PERIOD_MS;
        (lost, now - last)
    }
}
