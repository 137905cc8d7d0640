use std::sync::Arc;

use super::world::{change, id, operation, operations, pushed, stage, text};
use crate::Authenticated;
use crate::Executed;
use crate::operations::{Admitted, Operations, Violated, Violation};
use crate::session::tests::stage::{START, Stage, connection_id, user};
use crate::session::{
    Connection, MESSAGES_PER_WINDOW, Protocol, StoreSubscriptions as _, SubscriptionRequest, Watch,
};

async fn admit(operations: &Operations, name: &str) -> Admitted {
    operations.admit(&connection_id(), Ok(&id(name))).await
}

async fn welcome(operations: &Operations) -> (Connection, Authenticated) {
    match admit(operations, "s").await {
        Admitted::Welcome(connection, identity) => (connection, identity),
        other => panic!("{other:?}"),
    }
}

/// What the client is told that is not let in: the last message, and those before it.
async fn refused(stage: &Arc<Stage>) -> (Option<String>, Vec<String>) {
    match admit(&operations(stage), "s").await {
        Admitted::Refused(last) => (text(last), pushed(stage)),
        other => panic!("{other:?}"),
    }
}

fn closed(why: &str) -> (Option<String>, Vec<String>) {
    (None, vec![why.to_owned(), "closed".to_owned()])
}

async fn subscribe(stage: &Arc<Stage>, watch: Watch, since: Option<u64>) -> Option<String> {
    let operations = operations(stage);
    let (connection, identity) = welcome(&operations).await;
    let since = since.map(|ago| START.minus(ago));
    let request = SubscriptionRequest::new(id("s"), watch, since, None).unwrap();
    let operation = operation();
    let last = operations.subscribe(&connection, identity, request, &operation);
    text(last.await)
}

#[tokio::test(start_paused = true)]
async fn an_operation_before_the_acknowledgement_is_unauthorised() {
    assert_eq!(refused(&stage(false)).await, closed("4401 s"));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_can_not_be_read_is_bad() {
    let stage = stage(true);
    let bad = Violated {
        id: Some("s".to_owned()),
        violation: Violation::BadMessage("no".to_owned()),
    };
    let admitted = operations(&stage).admit(&connection_id(), Err(&bad)).await;
    assert!(matches!(admitted, Admitted::Refused(None)), "{admitted:?}");
    assert_eq!(pushed(&stage), ["4400 s", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_expired_ends_the_operation_and_not_the_connection() {
    let stage = stage(true);
    change(&stage, |connection| {
        let identity = connection.identity.as_mut().unwrap();
        identity.expires_at = START.starts_at_ms() / 1000;
    });
    let expected = ["expired s", "complete s"].map(str::to_owned).to_vec();
    assert_eq!(refused(&stage).await, (None, expected));
}

#[tokio::test(start_paused = true)]
async fn who_sends_too_much_is_refused() {
    let stage = stage(true);
    change(&stage, |connection| {
        connection.messages = MESSAGES_PER_WINDOW;
    });
    let (last, before) = refused(&stage).await;
    assert!(last.unwrap().starts_with("refused s: at most"));
    assert_eq!(before, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_raw_feed_has_no_operations() {
    let stage = stage(true);
    change(&stage, |connection| {
        connection.protocol = Protocol::FastfusionV1;
    });
    let admitted = admit(&operations(&stage), "s").await;
    assert!(matches!(admitted, Admitted::OtherProtocol), "{admitted:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_known_any_more_is_closed() {
    let stage = stage(true);
    *stage.connection.lock().unwrap() = None;
    assert_eq!(refused(&stage).await, closed("4401 -"));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_stored_before_its_first_result() {
    let stage = stage(true);
    let last = subscribe(&stage, Watch::Me, None).await;
    let live_from = {
        let subscriptions = stage.subscriptions.lock().unwrap();
        let stored = &subscriptions[&id("s")];
        assert_eq!(stored.operation.unwrap().key, operation().key);
        stored.live_from
    };
    assert_eq!(last, Some(format!("next s now {} 1", live_from.previous())));
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn missed_ticks_come_first_and_up_to_the_first_live_one() {
    let stage = stage(true);
    let last = subscribe(&stage, Watch::Users(vec![user(1), user(2)]), Some(10)).await;
    let live_from = stage.subscriptions.lock().unwrap()[&id("s")].live_from;
    let mut results = pushed(&stage);
    results.extend(last);
    let expected: Vec<String> = (START.get() - 9..live_from.get())
        .map(|tick| format!("next s replayed {tick} 2"))
        .collect();
    assert_eq!(results, expected);
}

#[tokio::test(start_paused = true)]
async fn what_happens_now_and_then_has_no_first_result() {
    for watch in [Watch::Registrations, Watch::Snapshots, Watch::Alerts] {
        let stage = stage(true);
        assert_eq!(subscribe(&stage, watch, None).await, None);
        assert_eq!(pushed(&stage), Vec::<String>::new());
        assert_eq!(stage.subscriptions.lock().unwrap().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_taken_closes_the_connection() {
    let stage = stage(true);
    subscribe(&stage, Watch::Snapshots, None).await;
    assert_eq!(subscribe(&stage, Watch::Alerts, None).await, None);
    assert_eq!(pushed(&stage), ["4409 s", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_subscribed_to_is_refused_and_not_stored() {
    let stage = stage(true);
    let last = subscribe(&stage, Watch::Users(vec![user(77)]), None).await;
    assert!(last.unwrap().starts_with("refused s: there is no user"));
    assert_eq!(stage.subscriptions.lock().unwrap().len(), 0);
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_was_ended_before_it_came_does_not_begin() {
    let stage = stage(true);
    stage.ended.lock().unwrap().push(id("s"));
    let last = subscribe(&stage, Watch::Me, None).await;
    assert_eq!(last.as_deref(), Some("complete s"));
    assert_eq!(pushed(&stage), Vec::<String>::new());
    assert_eq!(stage.subscriptions.lock().unwrap().len(), 0);
    // The same id may be used again then.
    let last = subscribe(&stage, Watch::Me, None).await;
    assert!(last.unwrap().starts_with("next s now"));
}

/// Runs an operation that ends by itself, while something happens.
async fn run_once(
    stage: &Arc<Stage>,
    executed: Executed,
    meanwhile: impl Future<Output = ()> + Send,
) -> Option<String> {
    let operations = operations(stage);
    let (connection, identity) = welcome(&operations).await;
    let run = async {
        meanwhile.await;
        Ok(executed)
    };
    let s = id("s");
    text(operations.run_once(&connection, identity, &s, run).await)
}

fn results(texts: &[&'static str]) -> Executed {
    Executed::Results(texts.iter().map(|text| (*text).into()).collect())
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_ends_gives_its_result_and_completes() {
    let stage = stage(true);
    let taken = async { assert_eq!(stage.subscriptions.lock().unwrap().len(), 1) };
    let last = run_once(&stage, results(&["{}"]), taken).await;
    assert_eq!(last.as_deref(), Some("complete s"));
    assert_eq!(pushed(&stage), ["next s {}"]);
    assert_eq!(stage.subscriptions.lock().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_not_executed_gives_an_error_and_nothing_more() {
    let stage = stage(true);
    let last = run_once(&stage, Executed::Impossible("[]".into()), async {}).await;
    assert_eq!(last.as_deref(), Some("error s []"));
    assert_eq!(pushed(&stage), Vec::<String>::new());
    assert_eq!(stage.subscriptions.lock().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_the_client_ends_gives_nothing() {
    let stage = stage(true);
    let end = async {
        let removed = stage.remove_subscription(&connection_id(), &id("s")).await;
        assert!(removed.unwrap());
    };
    assert_eq!(run_once(&stage, results(&["{}"]), end).await, None);
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_result_that_is_too_large_for_a_message_is_refused() {
    let stage = stage(true);
    let large = Executed::Results(vec![vec![b'x'; 128 * 1024].into()]);
    let last = run_once(&stage, large, async {}).await;
    assert!(last.unwrap().starts_with("refused s: the result has more"));
    assert_eq!(pushed(&stage), Vec::<String>::new());
}
