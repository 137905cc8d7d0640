use domain::Tick;
use e2e::{Operations, Options, Stack, User, stored_subscriptions};
use serde_json::{Value, json};

use crate::ws_operation::{PRICES, assert_prices, connected, tick, wait_until_stored};

/// Reconnects with `since` and asserts that every tick after it comes, up to `until`.
async fn assert_nothing_is_missing(stack: &Stack, user: &User, since: Tick, until: Tick) {
    let mut again = Operations::connect(stack, &user.token).await.unwrap();
    let missed = json!({"users": [user.id.to_string()], "since": since.get()});
    again.subscribe("again", PRICES, missed).await.unwrap();
    let mut expected = since.next();
    while expected <= until {
        let update = again.result("again").await.unwrap();
        assert_eq!(tick(&update), expected);
        assert_prices(stack, &update, &[user.id]);
        expected = expected.next();
    }
}

/// The results among messages, under their ids.
fn results(messages: &[Value]) -> Vec<(&str, &Value)> {
    let results = messages.iter().filter(|message| message["type"] == "next");
    let shown = |message: &'_ Value| message["payload"]["data"]["onPriceUpdate"].is_object();
    assert!(results.clone().all(shown), "{messages:?}");
    results
        .map(|message| {
            let update = &message["payload"]["data"]["onPriceUpdate"];
            (message["id"].as_str().unwrap(), update)
        })
        .collect()
}

#[tokio::test]
async fn a_subscription_whose_answer_is_lost_is_stored_and_goes_live() {
    let stack = Stack::start(Options::default()).unwrap();
    let (user, mut operations) = connected(&stack).await;
    let mine = json!({"users": [user.id.to_string()]});
    stack.kill_at_answer("ws-operation").await.unwrap();
    operations.subscribe("lost", PRICES, mine).await.unwrap();
    // A tick may come between what was stored and the crash.
    let fault = loop {
        let message = operations.socket.next().await.unwrap();
        if message["id"] != "lost" {
            break message;
        }
    };
    assert_eq!(fault["message"], "Internal server error", "{fault}");
    assert_eq!(stored_subscriptions(&stack).await.unwrap(), ["lost"]);
    // It had been stored before anything was sent, so what comes live comes all the same.
    let first = operations.result("lost").await.unwrap();
    for ahead in 0..3 {
        let update = match ahead {
            0 => first.clone(),
            _ => operations.result("lost").await.unwrap(),
        };
        assert_eq!(tick(&update), tick(&first).plus(ahead));
        assert_prices(&stack, &update, &[user.id]);
    }
    operations.socket.cut();
    wait_until_stored(&stack, "lost", false).await;
    let since = tick(&first);
    assert_nothing_is_missing(&stack, &user, since, since.plus(4)).await;
}

#[tokio::test]
async fn no_result_comes_of_a_subscription_that_is_not_stored() {
    const MOMENTS: usize = 6;
    let stack = Stack::start(Options::default()).unwrap();
    let (user, mut witness) = connected(&stack).await;
    let mine = json!({"users": [user.id.to_string()]});
    witness
        .subscribe("witness", PRICES, mine.clone())
        .await
        .unwrap();
    let before = tick(&witness.result("witness").await.unwrap());
    let mut clients = Vec::new();
    for moment in 0..MOMENTS {
        let mut client = Operations::connect(&stack, &user.token).await.unwrap();
        let id = format!("killed-{moment}");
        // The first is killed at its answer for certain, each other a little later after its message than the one before.
        if moment == 0 {
            stack.kill_at_answer("ws-operation").await.unwrap();
        }
        client.subscribe(&id, PRICES, mine.clone()).await.unwrap();
        for _ in 0..5 * moment {
            stack.status().await.unwrap();
        }
        stack.kill_function("ws-operation").await.unwrap();
        clients.push((id, client));
    }
    let killed_at = tick(&witness.result("witness").await.unwrap());
    let mut last = killed_at;
    while last < killed_at.plus(4) {
        last = tick(&witness.result("witness").await.unwrap());
    }
    let stored = stored_subscriptions(&stack).await.unwrap();
    let mut faults = 0;
    for (id, mut client) in clients {
        let sent = client.sent_so_far().await.unwrap();
        let is_fault = |message: &&Value| message["message"] == "Internal server error";
        faults += sent.iter().filter(is_fault).count();
        let results = results(&sent);
        assert!(
            results.is_empty() || stored.contains(&id),
            "{id} of {stored:?}: {sent:?}"
        );
        let mut expected = None;
        for (of, update) in results {
            assert_eq!(
                (of, tick(update)),
                (&*id, expected.unwrap_or_else(|| tick(update)))
            );
            assert_prices(&stack, update, &[user.id]);
            expected = Some(tick(update).next());
        }
        client.socket.cut();
    }
    assert!(faults > 0, "no function was killed at work");
    assert_nothing_is_missing(&stack, &user, before, last).await;
}

#[tokio::test]
async fn a_killed_fan_out_loses_no_result() {
    let stack = Stack::start(Options::default()).unwrap();
    let (user, mut operations) = connected(&stack).await;
    let mine = json!({"users": [user.id.to_string()]});
    operations.subscribe("s", PRICES, mine).await.unwrap();
    // Without `since` the first result is the tick before the live ones.
    let since = tick(&operations.result("s").await.unwrap());
    let mut expected = since.next();
    for _ in 0..2 {
        let before = expected;
        stack.kill_function("price-fanout").await.unwrap();
        while expected < before.plus(2) {
            let update = operations.result("s").await.unwrap();
            // Delivery is at least once: what the killed process had sent may come again.
            assert!(tick(&update) <= expected, "{expected} is missing: {update}");
            assert_prices(&stack, &update, &[user.id]);
            expected = expected.max(tick(&update).next());
        }
    }
    operations.socket.cut();
    assert_nothing_is_missing(&stack, &user, since, expected.next()).await;
}
