use std::collections::BTreeMap;
use std::time::Instant;

use domain::{Tick, UserId};
use e2e::{Operations, Options, PATIENCE, Session, Socket, Stack, User, stored_subscriptions};
use serde_json::{Value, json};

/// Prices of users, or of all.
pub const PRICES: &str = "subscription($users: [ID!], $since: Int, $every: Int) {
    onPriceUpdate(userIds: $users, since: $since, every: $every) {
        tick prices { userId price } replay { from to complete } } }";

/// The tick of a result.
pub fn tick(update: &Value) -> Tick {
    Tick(update["tick"].as_u64().unwrap())
}

/// Asserts that the prices of a result are those that the price model says, of exactly these users.
pub fn assert_prices(stack: &Stack, update: &Value, users: &[UserId]) {
    let model = stack.price_model();
    let expected: BTreeMap<_, _> = users
        .iter()
        .map(|user| {
            let price = model.shareholder(*user).price_at(tick(update));
            (user.to_string(), price.to_string())
        })
        .collect();
    let shown = update["prices"].as_array().unwrap();
    let prices: BTreeMap<_, _> = shown
        .iter()
        .map(|price| {
            let text = |name: &str| price[name].as_str().unwrap().to_owned();
            (text("userId"), text("price"))
        })
        .collect();
    assert_eq!(prices, expected, "{update}");
    assert_eq!(shown.len(), users.len(), "{update}");
}

/// A user, and a connection of theirs.
pub async fn connected(stack: &Stack) -> (User, Operations) {
    let user = Session::new(stack).new_user().await.unwrap();
    let operations = Operations::connect(stack, &user.token).await.unwrap();
    (user, operations)
}

/// An id that no other subscription has.
pub fn unique_id(name: &str) -> String {
    format!("{name}-{}", uuid::Uuid::now_v7().simple())
}

/// Waits until a subscription is stored, or no longer is.
pub async fn wait_until_stored(stack: &Stack, id: &str, is_stored: bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stored = stored_subscriptions(stack).await.unwrap();
        if stored.iter().any(|stored| stored == id) == is_stored {
            return;
        }
        assert!(Instant::now() < deadline, "{id} among {stored:?}");
    }
}

#[tokio::test]
async fn since_replays_the_prices_of_several_users_and_joins_the_live_ones() {
    let stack = Stack::shared();
    let (ada, mut before) = connected(stack).await;
    let session = Session::new(stack);
    let mut users = vec![ada.id];
    for _ in 0..2 {
        users.push(session.new_user().await.unwrap().id);
    }
    let named: Vec<_> = users.iter().map(ToString::to_string).collect();
    let all = json!({"users": named});
    before.subscribe("s", PRICES, all).await.unwrap();
    // Whoever has just registered has no price yet.
    let mut first = before.result("s").await.unwrap();
    while first["prices"].as_array().unwrap().len() < users.len() {
        first = before.result("s").await.unwrap();
    }
    let since = tick(&first);
    while tick(&before.result("s").await.unwrap()) < since.plus(2) {}
    before.socket.cut();

    let mut again = Operations::connect(stack, &ada.token).await.unwrap();
    let every_second = json!({"users": named, "since": since.get(), "every": 2});
    let missed = json!({"users": named, "since": since.get()});
    again.subscribe("each", PRICES, missed).await.unwrap();
    again.subscribe("2nd", PRICES, every_second).await.unwrap();
    let mut seen: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let live = |updates: Option<&Vec<Value>>| {
        let updates = updates.into_iter().flatten();
        updates.filter(|update| update["replay"].is_null()).count()
    };
    while live(seen.get("each")) < 3 || live(seen.get("2nd")) < 1 {
        let mut message = again.socket.next().await.unwrap();
        assert_eq!(message["type"], "next", "{message}");
        let update = message["payload"]["data"]["onPriceUpdate"].take();
        let id = message["id"].as_str().unwrap().to_owned();
        seen.entry(id).or_default().push(update);
    }
    for (id, every) in [("each", 1), ("2nd", 2)] {
        for update in &seen[id] {
            assert_prices(stack, update, &users);
        }
        assert_joined(&seen[id], since, every);
    }
}

/// Asserts that every tick that was missed comes once, in its order, and that the live ones go on from there.
fn assert_joined(updates: &[Value], since: Tick, every: u64) {
    let first = Tick((since.get() / every + 1) * every);
    for (update, ahead) in updates.iter().zip(0..) {
        assert_eq!(tick(update), first.plus(ahead * every), "{updates:?}");
    }
    let is_replayed = |update: &&Value| !update["replay"].is_null();
    let (replayed, live): (Vec<_>, Vec<_>) = updates.iter().partition(is_replayed);
    // A replay says what it covers: everything up to the tick before the first that is live.
    let to = replayed[0]["replay"]["to"].as_u64().unwrap();
    for update in &replayed {
        let expected = json!({"from": since.next().get(), "to": to, "complete": true});
        assert_eq!(update["replay"], expected);
        assert!(tick(update).get() <= to, "{update}");
    }
    let first_live = tick(live[0]).get();
    assert!(first_live > to && first_live <= to + every, "{updates:?}");
}

#[tokio::test]
async fn prices_that_fit_no_message_come_as_several_results_of_their_tick() {
    const USERS: usize = 8;
    let stack = Stack::start(Options::default()).unwrap();
    let (ada, mut operations) = connected(&stack).await;
    let mut users = vec![ada.id];
    while users.len() < USERS {
        users.push(Session::new(&stack).new_user().await.unwrap().id);
    }
    // Three prices under this name fill a message.
    let name = "p".repeat(9_000);
    let query =
        format!("subscription {{ onPriceUpdate {{ tick prices {{ userId {name}: price }} }} }}");
    operations
        .subscribe("all", &query, json!({}))
        .await
        .unwrap();
    let mut results: BTreeMap<Tick, Vec<Value>> = BTreeMap::new();
    while results.len() < 5 {
        let mut update = operations.result("all").await.unwrap();
        for price in update["prices"].as_array_mut().unwrap() {
            let shown = price[&name].take();
            price["price"] = shown;
        }
        results.entry(tick(&update)).or_default().push(update);
    }
    // Of the last tick there may be more, and before the third not everybody had a price.
    results.pop_last();
    for (tick, results) in results.into_iter().skip(2) {
        assert!(
            results.len() >= 3,
            "{tick} came as {} results",
            results.len()
        );
        let prices: Vec<_> = results
            .iter()
            .flat_map(|result| result["prices"].as_array().unwrap().clone())
            .collect();
        let whole = json!({"tick": tick.get(), "prices": prices});
        assert_prices(&stack, &whole, &users);
    }
}

#[tokio::test]
async fn neither_protocol_is_spoken_on_a_connection_of_the_other() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (user, mut operations) = connected(stack).await;
    let mut raw = Socket::authenticated(stack, &user.token).await.unwrap();
    let payload = json!({"query": PRICES});
    let subscribe = json!({"type": "subscribe", "id": "x", "payload": payload});
    raw.send(&subscribe).await.unwrap();
    let error = raw.next().await.unwrap();
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!("error"), &json!("bad_message"))
    );
    raw.subscribe("s", json!({"users": "me"})).await.unwrap();

    let mine = json!({"users": [user.id.to_string()]});
    operations.subscribe("s", PRICES, mine).await.unwrap();
    let first = tick(&operations.result("s").await.unwrap());
    let asked = session.save_snapshot(&user).await.unwrap();
    let saved = raw.next_of("snapshot.saved").await.unwrap();
    assert_eq!(saved["snapshot"]["id"], asked["snapshot_id"]);
    let mut last = first;
    while last < first.plus(3) {
        let message = operations.socket.next().await.unwrap();
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("next"), &json!("s"))
        );
        last = tick(&message["payload"]["data"]["onPriceUpdate"]);
        let frame = raw.next_of("prices").await.unwrap();
        assert_eq!(frame.get("payload"), None, "{frame}");
    }
}
