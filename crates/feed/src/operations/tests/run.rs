use std::time::Duration;

use domain::Price;

use super::stage::{operations, operations_beside, pushed, stage, text};
use crate::answering::Answering;
use crate::close::{CloseNotice, EraseConnections};
use crate::connection::{ConnectionId, KnownConnection, Protocol};
use crate::execution::Executed;
use crate::fakes::{START, operation_key, subscription_id as id, user};
use crate::frame::Frame;
use crate::limits::MESSAGES_PER_WINDOW;
use crate::message_error::MessageError;
use crate::operation::Operation;
use crate::operations::{OperationMessage, Planned};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::session::tests::stage::{Stage, connection_id, model};
use crate::subscription::Watch;
use crate::subscriptions::Subscriptions as _;
use crate::violation::Violation;

type Once = std::future::Ready<crate::Result<Executed>>;

/// Receives an operation under the id `s` that is run as planned.
async fn receive<F: Future<Output = crate::Result<Executed>> + Send>(
    stage: &Stage,
    planned: Planned<F>,
) -> Option<String> {
    let message = OperationMessage {
        id: id("s"),
        request: planned,
    };
    let operations = operations(stage);
    let plan = |planned, _, _| std::future::ready(planned);
    text(
        operations
            .receive(&connection_id(), Ok(message), plan)
            .await,
    )
}

/// What the client is told that is not let in: the last frame, and those before it.
async fn refused(stage: &Stage) -> (Option<String>, Vec<String>) {
    let message = OperationMessage {
        id: id("s"),
        request: (),
    };
    let plan = |(), _, _| -> std::future::Ready<Planned<Once>> { unreachable!("it is not let in") };
    let operations = operations(stage);
    let last = operations
        .receive(&connection_id(), Ok(message), plan)
        .await;
    (text(last), pushed(stage))
}

fn closed(why: &str) -> (Option<String>, Vec<String>) {
    (None, vec![why.to_owned(), "closed".to_owned()])
}

async fn subscribe(stage: &Stage, watch: Watch, since: Option<u64>) -> Option<String> {
    let planned: Planned<Once> = Planned::Subscription {
        watch,
        since: since.map(|ago| START.minus(ago)),
        every: None,
        operation: Operation {
            key: operation_key("op"),
            text: "op".to_owned(),
        },
    };
    receive(stage, planned).await
}

/// A result that shows the prices of these users at a tick.
fn result(kind: &str, tick: domain::Tick, users: &[u64]) -> String {
    let price = |n: &u64| -> (_, Price) {
        let shareholder = model().shareholder(user(*n));
        (user(*n), shareholder.price_at(tick))
    };
    let prices = users.iter().map(price);
    let prices: String = prices
        .map(|(user, price)| format!(" {user} {price}"))
        .collect();
    format!("s next \"op {kind}{tick}{prices}\"")
}

#[tokio::test(start_paused = true)]
async fn an_operation_before_the_acknowledgement_is_unauthorised() {
    let (last, before) = refused(&stage(false)).await;
    assert_eq!((last.as_deref(), before.len()), (Some("4401 s"), 0));
    let opened_by_its_user = stage(true);
    opened_by_its_user.change(|connection| connection.is_initialised = false);
    assert_eq!(refused(&opened_by_its_user).await, closed("4401 s"));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_can_not_be_read_is_bad() {
    let stage = stage(true);
    let bad = MessageError {
        id: Some("s".to_owned()),
        reason: Violation::BadMessage("no".to_owned()),
    };
    let plan = |(), _, _| -> std::future::Ready<Planned<Once>> { unreachable!("it is not let in") };
    let (operations, connection) = (operations(&stage), connection_id());
    let last = operations.receive(&connection, Err(bad), plan);
    assert_eq!(text(last.await), None);
    assert_eq!(pushed(&stage), ["4400 s", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_expired_ends_the_operation_and_not_the_connection() {
    let stage = stage(true);
    stage.change(|connection| {
        let identity = connection.identity.as_mut().unwrap();
        identity.expires_at = START.starts_at_ms() / 1000;
    });
    let expected = ["s expired", "s complete"].map(str::to_owned).to_vec();
    assert_eq!(refused(&stage).await, (None, expected));
}

#[tokio::test(start_paused = true)]
async fn who_sends_too_much_is_refused() {
    let stage = stage(true);
    stage.change(|connection| {
        connection.messages = MESSAGES_PER_WINDOW;
    });
    let (last, before) = refused(&stage).await;
    assert!(last.unwrap().starts_with("s refused: at most"));
    assert_eq!(before, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_raw_feed_has_no_operations() {
    let stage = stage(true);
    stage.change(|connection| {
        connection.protocol = Protocol::FastfusionV1;
    });
    let (last, before) = refused(&stage).await;
    assert_eq!((last.as_deref(), before), (Some("reply 0"), Vec::new()));
    let replies = &stage.feed.known().replies;
    assert!(matches!(replies[..], [Reply::Error(_)]), "{replies:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_known_any_more_is_closed() {
    let stage = stage(true);
    stage.disconnect();
    assert_eq!(refused(&stage).await, closed("4401 -"));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_stored_before_its_first_result() {
    let stage = stage(true);
    let last = subscribe(&stage, Watch::Me, None).await;
    let live_from = {
        let subscriptions = &stage.feed.known().subscriptions;
        let stored = &subscriptions[&id("s")];
        assert_eq!(stored.operation.unwrap().key, operation_key("op"));
        stored.live_from
    };
    assert_eq!(last, Some(result("", live_from.previous(), &[0])));
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn missed_ticks_come_first_and_up_to_the_first_live_one() {
    let stage = stage(true);
    let last = subscribe(&stage, Watch::Users(vec![user(1), user(2)]), Some(10)).await;
    let live_from = stage.feed.known().subscriptions[&id("s")].live_from;
    let mut results = pushed(&stage);
    results.extend(last);
    let expected: Vec<String> = (START.get() - 9..live_from.get())
        .map(|tick| result("replayed ", domain::Tick(tick), &[1, 2]))
        .collect();
    assert_eq!(results, expected);
}

#[tokio::test(start_paused = true)]
async fn what_happens_now_and_then_has_no_first_result() {
    for watch in [Watch::Registrations, Watch::Snapshots, Watch::Alerts] {
        let stage = stage(true);
        assert_eq!(subscribe(&stage, watch, None).await, None);
        assert_eq!(pushed(&stage), Vec::<String>::new());
        assert_eq!(stage.feed.known().subscriptions.len(), 1);
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
    assert!(last.unwrap().starts_with("s refused: there is no user"));
    assert_eq!(stage.feed.known().subscriptions.len(), 0);
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_was_ended_before_it_came_does_not_begin() {
    let stage = stage(true);
    stage.feed.known().ended.push(id("s"));
    let last = subscribe(&stage, Watch::Me, None).await;
    assert_eq!(last.as_deref(), Some("s complete"));
    assert_eq!(pushed(&stage), Vec::<String>::new());
    assert_eq!(stage.feed.known().subscriptions.len(), 0);
    // The same id may be used again then.
    let last = subscribe(&stage, Watch::Me, None).await;
    assert!(last.unwrap().starts_with("s next \"op "));
}

/// Runs an operation that ends by itself, while something happens.
async fn run_once(
    stage: &Stage,
    executed: Executed,
    meanwhile: impl Future<Output = ()> + Send,
) -> Option<String> {
    let run = async {
        meanwhile.await;
        Ok(executed)
    };
    receive(stage, Planned::Once(run)).await
}

fn results(texts: &[&'static str]) -> Executed {
    Executed::Results(texts.iter().map(|text| (*text).into()).collect())
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_ends_gives_its_result_and_completes() {
    let stage = stage(true);
    let taken = async { assert_eq!(stage.feed.known().subscriptions.len(), 1) };
    let last = run_once(&stage, results(&["{}"]), taken).await;
    assert_eq!(last.as_deref(), Some("s complete"));
    assert_eq!(pushed(&stage), ["s next {}"]);
    assert_eq!(stage.feed.known().subscriptions.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_not_executed_gives_an_error_and_nothing_more() {
    let stage = stage(true);
    let last = run_once(&stage, Executed::Impossible("[]".into()), async {}).await;
    assert_eq!(last.as_deref(), Some("s error []"));
    assert_eq!(pushed(&stage), Vec::<String>::new());
    assert_eq!(stage.feed.known().subscriptions.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_the_client_ends_gives_nothing() {
    let stage = stage(true);
    let end = async {
        let removed = stage
            .feed
            .remove_subscription(&connection_id(), &id("s"))
            .await;
        assert!(removed.unwrap());
    };
    assert_eq!(run_once(&stage, results(&["{}"]), end).await, None);
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

/// Closes the user's connections, this one and another.
fn closes_connections(stage: &Stage, answering: &Answering) -> EraseConnections {
    for id in [connection_id(), ConnectionId("other".into())] {
        let protocol = Protocol::GraphqlTransportWs;
        let known = KnownConnection { id, protocol };
        stage.feed.known().owned.push((None, known));
    }
    EraseConnections {
        connections: stage.feed.clone(),
        push: stage.feed.clone(),
        notice: CloseNotice {
            raw_feed: Frame::new("bye\n"),
            operations: Frame::new("deleted\n"),
        },
        answering: answering.clone(),
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_closes_its_own_connection_is_answered_first() {
    for (executed, answer) in [
        (results(&["{}"]), ["s next {}", "s complete"].as_slice()),
        (Executed::Impossible("[]".into()), &["s error []"]),
    ] {
        let (stage, answering) = (stage(true), Answering::default());
        let erase = closes_connections(&stage, &answering);
        let run = async {
            erase.close_all(user(1)).await.unwrap();
            assert_eq!(stage.feed.known().closed, [ConnectionId("other".into())]);
            Ok(executed)
        };
        let message = OperationMessage {
            id: id("s"),
            request: Planned::Once(run),
        };
        let operations = operations_beside(&stage, answering);
        let plan = |planned, _, _| std::future::ready(planned);
        let (connection, message) = (connection_id(), Ok(message));
        let last = operations.receive(&connection, message, plan).await;
        assert_eq!(text(last), None);
        let mut expected = vec!["deleted", "closed"];
        expected.extend(answer);
        expected.extend(["deleted", "closed"]);
        assert_eq!(pushed(&stage), expected);
        assert_eq!(stage.feed.known().closed.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_that_is_too_large_for_a_message_is_refused() {
    let stage = stage(true);
    let large = Executed::Results(vec![vec![b'x'; 128 * 1024].into()]);
    let last = run_once(&stage, large, async {}).await;
    assert!(last.unwrap().starts_with("s refused: the result has more"));
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stalls_lets_no_live_result_come_first() {
    let stage = stage(true);
    stage.feed.known().faults.store_ms = 7_000;
    let fan_out = tokio::spawn(Stage::fan_out(stage.feed.clone(), START.plus(5), 0));
    let last = subscribe(&stage, Watch::Me, None).await;
    assert!(last.unwrap().starts_with("s next \"op "));
    assert_eq!(stage.events(), []);
    fan_out.await.unwrap();
    assert!(!stage.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_the_client_ends_while_it_goes_live_completes() {
    let stage = stage(true);
    stage.feed.known().faults.live_ms = 400;
    let end = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let (connection, id) = (connection_id(), id("s"));
        let removed = stage.feed.remove_subscription(&connection, &id).await;
        assert!(removed.unwrap());
    };
    let (last, ()) = tokio::join!(subscribe(&stage, Watch::Me, None), end);
    assert_eq!(last.as_deref(), Some("s complete"));
    assert_eq!(stage.events(), []);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_given_up_ends_with_an_error() {
    let stage = stage(true);
    let never = Planned::Once(std::future::pending::<crate::Result<Executed>>());
    let running = receive(&stage, never);
    let late = tokio::time::timeout(Duration::from_secs(26), running).await;
    assert!(late.is_err());
    assert_eq!(stage.feed.known().subscriptions.len(), 1);
    let message = OperationMessage {
        id: id("s"),
        request: (),
    };
    let (operations, connection) = (operations(&stage), connection_id());
    let told = operations.give_up(&connection, Ok(message)).await;
    let expected = format!("s refused: {}", Refusal::Unavailable);
    assert_eq!(text(told), Some(expected));
    assert!(stage.feed.known().subscriptions.is_empty());
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_of_a_message_without_an_operation() {
    let stage = stage(true);
    let bad = MessageError {
        id: None,
        reason: Violation::BadMessage("no".to_owned()),
    };
    let (operations, connection) = (operations(&stage), connection_id());
    let told = operations.give_up::<()>(&connection, Err(bad)).await;
    assert_eq!(told, None);
}
