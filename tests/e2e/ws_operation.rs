use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use domain::{Tick, UserId};
use e2e::{Operations, Options, PATIENCE, Session, Socket, Stack, User, stored_subscriptions};
use serde_json::{Value, json};

use crate::graphql_http::deep_documents;

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
        e2e::poll_pause().await;
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
    // A live tick of several users may come in several results: their prices lie in several partitions.
    let live = |seen: &BTreeMap<String, Vec<Value>>, id: &str| {
        let updates = seen
            .get(id)
            .into_iter()
            .flatten()
            .filter(|update| update["replay"].is_null());
        let live = by_user(stack, updates);
        let counts = users.iter().map(|user| live.get(user).map_or(0, Vec::len));
        counts.min().unwrap_or_default()
    };
    while live(&seen, "each") < 3 || live(&seen, "2nd") < 1 {
        let mut message = again.socket.next().await.unwrap();
        assert_eq!(message["type"], "next", "{message}");
        let update = message["payload"]["data"]["onPriceUpdate"].take();
        let id = message["id"].as_str().unwrap().to_owned();
        seen.entry(id).or_default().push(update);
    }
    for (id, every) in [("each", 1), ("2nd", 2)] {
        assert_joined(stack, &seen[id], &users, since, every);
    }
}

/// The ticks of each user among updates, as they came. Each price is asserted to be that of the price model.
fn by_user<'a>(
    stack: &Stack,
    updates: impl Iterator<Item = &'a Value>,
) -> BTreeMap<UserId, Vec<Tick>> {
    let model = stack.price_model();
    let mut ticks: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for update in updates {
        for price in update["prices"].as_array().unwrap() {
            let user = UserId::parse(price["userId"].as_str().unwrap()).unwrap();
            let expected = model.shareholder(user).price_at(tick(update));
            assert_eq!(price["price"], expected.to_string(), "{update}");
            ticks.entry(user).or_default().push(tick(update));
        }
    }
    ticks
}

/// Asserts that each user's price of every tick that was missed comes once, in the order of ticks, and that the live ones
/// go on from there.
fn assert_joined(stack: &Stack, updates: &[Value], users: &[UserId], since: Tick, every: u64) {
    let first = Tick((since.get() / every + 1) * every);
    let ticks = by_user(stack, updates.iter());
    assert_eq!(
        ticks.keys().copied().collect::<BTreeSet<_>>(),
        users.iter().copied().collect()
    );
    for (user, ticks) in ticks {
        for (tick, ahead) in ticks.iter().zip(0..) {
            assert_eq!(*tick, first.plus(ahead * every), "{user}: {updates:?}");
        }
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
    let first_live = live.iter().map(|update| tick(update).get()).min().unwrap();
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
    // Who has just registered has no price yet, and prices of a tick may come in any number of results.
    let mut results: BTreeMap<Tick, Vec<Value>> = BTreeMap::new();
    let whole = loop {
        assert!(
            results.len() < 20,
            "no tick brings everybody's price: {results:?}"
        );
        let mut update = operations.result("all").await.unwrap();
        let tick = tick(&update);
        for price in update["prices"].as_array_mut().unwrap() {
            let shown = price[&name].take();
            price["price"] = shown;
        }
        let of_tick = results.entry(tick).or_default();
        of_tick.push(update);
        let prices = of_tick
            .iter()
            .flat_map(|result| result["prices"].as_array().unwrap());
        let prices: Vec<_> = prices.cloned().collect();
        if prices.len() == USERS {
            break json!({"tick": tick.get(), "prices": prices});
        }
    };
    let parts = results[&tick(&whole)].len();
    assert!(parts >= 3, "{parts} results");
    assert_prices(&stack, &whole, &users);
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

#[tokio::test]
async fn what_can_not_be_executed_is_told_so_and_the_connection_stays() {
    let (user, mut operations) = connected(Stack::shared()).await;
    let mut refused = async |payload: Value, code: &str| {
        let id = unique_id("refused");
        let subscribe = json!({"id": id, "type": "subscribe", "payload": payload});
        operations.socket.send(&subscribe).await.unwrap();
        let error = operations.next_of(&id).await.unwrap();
        assert_eq!(error["type"], "error", "{error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{payload}");
        error["payload"][0]["message"].as_str().unwrap().to_owned()
    };
    for document in deep_documents() {
        refused(json!({"query": document}), "GRAPHQL_PARSE_FAILED").await;
    }
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": "ab"}});
    let payload = json!({"extensions": extensions});
    let message = refused(payload, "PERSISTED_QUERY_NOT_SUPPORTED").await;
    assert_eq!(message, "PersistedQueryNotSupported");
    let twice = "query A($x: Int) { users(first: $x) { nodes { id } } } query B($x: ID!) { user(id: $x) { id } }";
    let payload = json!({"query": twice, "operationName": "A", "variables": {"x": "y"}});
    refused(payload, "BAD_USER_INPUT").await;

    let id = unique_id("executed");
    let variables = json!({"x": user.id.to_string()});
    let payload = json!({"query": twice, "operationName": "B", "variables": variables});
    let subscribe = json!({"id": id, "type": "subscribe", "payload": payload});
    operations.socket.send(&subscribe).await.unwrap();
    let shown = operations.result(&id).await.unwrap();
    assert_eq!(shown, json!({"id": user.id.to_string()}));
}
