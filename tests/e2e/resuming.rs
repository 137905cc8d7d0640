//! A client that does what docs/websocket-feed.md says loses no price, however its connection is cut.

use std::collections::BTreeMap;

use domain::Tick;
use e2e::{Options, Session, Socket, Stack, User, seed};
use serde_json::{Value, json};

/// More than fit into a frame, twice.
const SHAREHOLDERS: usize = 1_200;
/// After how many messages of each connection it is cut: amid the snapshot, a replay, and live ticks.
const CUTS: [usize; 7] = [2, 9, 1, 4, 12, 5, 3];

#[derive(Default)]
struct Client {
    since: Option<u64>,
    first: Option<u64>,
    is_live: bool,
    prices: BTreeMap<(u64, String), String>,
    partial: usize,
}

impl Client {
    /// Connects, hears so many messages after the `ack`, and is cut off.
    async fn connect(&mut self, stack: &Stack, user: &User, messages: usize) {
        self.is_live = false;
        if self.since.is_none() {
            (self.first, self.prices) = (None, BTreeMap::new());
        }
        let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
        let mut subscribe = json!({"op": "subscribe", "id": "all", "users": "*"});
        if let Some(since) = self.since {
            subscribe["since"] = since.into();
        }
        socket.send(&subscribe).await.unwrap();
        let ack = socket.next().await.unwrap();
        assert_eq!(ack["type"], "ack", "{ack}");
        assert!(
            ack["replay"].is_null() || ack["replay"]["complete"] == true,
            "{ack}"
        );
        self.hear(&ack);
        for _ in 0..messages {
            self.hear(&socket.next().await.unwrap());
        }
        socket.cut();
    }

    fn hear(&mut self, message: &Value) {
        let single = [message.clone()];
        let ticks = match message["type"].as_str() {
            Some("prices") => message["ticks"].as_array().unwrap(),
            Some("snapshot") => &single[..],
            _ => &[],
        };
        for tick in ticks {
            let number = tick["tick"].as_u64().unwrap();
            for (user, price) in tick["prices"].as_object().unwrap() {
                let price = price.as_str().unwrap().to_owned();
                self.prices.insert((number, user.clone()), price);
            }
        }
        let is_own = message["id"] == "all";
        match message["resume"].as_u64() {
            Some(resume) if is_own || self.is_live => {
                self.first.get_or_insert(resume);
                self.since = self.since.max(Some(resume));
                self.is_live |= message["more"] != true;
            }
            Some(_) => {}
            None => self.partial += 1,
        }
    }
}

/// Waits until all shareholders have prices.
async fn everybody_is_listed(stack: &Stack, user: &User) {
    let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
    let (_, mut market) = socket
        .subscribe("m", json!({"users": "market"}))
        .await
        .unwrap();
    loop {
        let listed = market["summaries"][0]["shareholders"]
            .as_u64()
            .unwrap_or_default();
        if listed as usize >= SHAREHOLDERS {
            return;
        }
        market = socket.next_of("market").await.unwrap();
    }
}

#[tokio::test]
async fn no_cut_loses_a_price_of_more_users_than_fit_into_a_frame() {
    let arguments = ["--parameter", "MarketSubscriptionUsers=2000"].map(str::to_owned);
    let stack = Stack::start(Options {
        arguments: arguments.to_vec(),
        ..Options::default()
    })
    .unwrap();
    let user = Session::new(&stack).new_user().await.unwrap();
    let users = seed(&stack, SHAREHOLDERS).await.unwrap();
    everybody_is_listed(&stack, &user).await;
    let mut client = Client::default();
    for messages in CUTS.into_iter().cycle().take(2 * CUTS.len()) {
        client.connect(&stack, &user, messages).await;
    }
    let (first, last) = (client.first.unwrap(), client.since.unwrap());
    assert!(last >= first + 6, "from {first} to {last}");
    assert!(client.partial > 0, "no message was cut off amid a tick");
    let model = stack.price_model();
    let mut lost = Vec::new();
    for user in &users {
        let shareholder = model.shareholder(*user);
        for tick in first + 1..=last {
            let price = shareholder.price_at(Tick(tick)).to_string();
            if client.prices.get(&(tick, user.to_string())) != Some(&price) {
                lost.push((tick, user));
            }
        }
    }
    assert!(
        lost.is_empty(),
        "{} prices are lost: {:?}",
        lost.len(),
        &lost[..3.min(lost.len())]
    );
}
