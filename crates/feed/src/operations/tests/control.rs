use super::stage::{control, counted, pushed, stage, text};
use crate::authentication::Authenticated;
use crate::fakes::{START, subscription_id as id, user};
use crate::limits::{MESSAGES_PER_WINDOW, MESSAGES_TO_DISCONNECT};
use crate::message_error::MessageError;
use crate::operations::ControlMessage;
use crate::session::tests::stage::Stage;
use crate::subscription::{Subscription, Watch};
use crate::subscriptions::Subscriptions as _;
use crate::violation::Violation;
use domain::Tick;

async fn say(
    stage: &Stage,
    message: impl Into<Result<ControlMessage, MessageError<Violation>>>,
) -> Option<String> {
    let connection = counted(stage).await;
    text(control(stage).receive(&connection, message.into()).await)
}

fn initialise(token: Option<&str>) -> Result<ControlMessage, MessageError<Violation>> {
    let token = token.map(str::to_owned);
    Ok(ControlMessage::Initialise { token })
}

/// A token of the user for an hour.
fn token(n: u64) -> String {
    format!("{n} {}", START.starts_at_ms() / 1000 + 3_600)
}

fn identity(n: u64, expires_in: u64) -> Authenticated {
    Authenticated {
        user_id: user(n),
        expires_at: START.starts_at_ms() / 1000 + expires_in,
        role: Default::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_acknowledged_once() {
    let stage = stage(false);
    let answer = say(&stage, initialise(Some(&token(1)))).await;
    assert_eq!(answer.as_deref(), Some("ack"));
    assert_eq!(counted(&stage).await.identity, Some(identity(1, 3_600)));
    assert_eq!(say(&stage, initialise(Some(&token(1)))).await, None);
    assert_eq!(pushed(&stage), ["4429 -", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn two_initialisations_at_once_are_too_many() {
    let stage = stage(false);
    let connection = counted(&stage).await;
    let control = control(&stage);
    let first = control.receive(&connection, initialise(Some(&token(1))));
    assert_eq!(text(first.await).as_deref(), Some("ack"));
    // The second read the connection before the first was done.
    let second = control.receive(&connection, initialise(Some(&token(1))));
    assert_eq!(text(second.await), None);
    assert_eq!(pushed(&stage), ["4429 -", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_token_that_is_accepted_nobody_gets_in() {
    for token in [None, Some("bad")] {
        let stage = stage(false);
        let answer = say(&stage, initialise(token)).await;
        assert_eq!(answer.as_deref(), Some("4403 -"), "{token:?}");
        // The client closes, or the sweep does.
        assert_eq!(pushed(&stage), Vec::<String>::new());
        assert!(stage.connection().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_with_which_the_connection_was_opened_counts_while_it_lasts() {
    for (opened_by, token_of, expected) in [
        (identity(1, 60), None, Some("ack")),
        (identity(1, 60), Some(token(1)), Some("ack")),
        (identity(1, 60), Some(token(2)), None),
        (identity(1, 0), None, None),
    ] {
        let stage = stage(false);
        stage.change(|connection| connection.identity = Some(opened_by));
        let answer = say(&stage, initialise(token_of.as_deref())).await;
        assert_eq!(answer.as_deref(), expected, "{token_of:?}");
        let closed: &[&str] = match expected {
            Some(_) => &[],
            None => &["4403 -", "closed"],
        };
        assert_eq!(pushed(&stage), closed, "{token_of:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_at_any_time_and_pongs_never() {
    for is_initialised in [false, true] {
        let stage = stage(is_initialised);
        let ping = |payload: Option<&str>| {
            let payload = payload.map(str::to_owned);
            Ok(ControlMessage::Ping { payload })
        };
        let answer = say(&stage, ping(Some("{}"))).await;
        assert_eq!(answer.as_deref(), Some("pong {}"));
        assert_eq!(say(&stage, ping(None)).await.as_deref(), Some("pong -"));
        assert_eq!(say(&stage, Ok(ControlMessage::Pong)).await, None);
        assert_eq!(pushed(&stage), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_closes_the_connection_and_removes_it() {
    let stage = stage(true);
    let bad = MessageError {
        id: Some("s".to_owned()),
        reason: Violation::BadMessage("no".to_owned()),
    };
    assert_eq!(say(&stage, Err(bad)).await, None);
    assert_eq!(pushed(&stage), ["4400 s", "closed"]);
    assert_eq!(stage.connection(), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_is_answered_to_who_waits_for_the_acknowledgement() {
    let stage = stage(false);
    let bad = MessageError::from(Violation::BadMessage("no".to_owned()));
    assert_eq!(say(&stage, Err(bad)).await.as_deref(), Some("4400 -"));
    assert_eq!(pushed(&stage), Vec::<String>::new());
    stage.change(|connection| {
        connection.messages = MESSAGES_TO_DISCONNECT;
    });
    assert_eq!(say(&stage, initialise(None)).await, None);
    assert_eq!(pushed(&stage), ["1008 -", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn completing_ends_a_subscription_and_notes_what_has_yet_to_come() {
    let stage = stage(true);
    let connection = counted(&stage).await;
    let subscription = Subscription {
        id: id("s"),
        watch: Watch::Me,
        every: 1,
        live_from: Tick(0),
        operation: None,
    };
    stage
        .feed
        .add_subscription(&connection, &subscription)
        .await
        .unwrap();
    let complete = |name| Ok(ControlMessage::Complete { id: id(name) });
    assert_eq!(say(&stage, complete("s")).await, None);
    assert_eq!(stage.feed.known().subscriptions.len(), 0);
    assert_eq!(stage.feed.known().ended, []);
    assert_eq!(say(&stage, complete("early")).await, None);
    assert_eq!(stage.feed.known().ended, [id("early")]);
    assert_eq!(pushed(&stage), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn who_sends_too_much_is_not_answered_and_far_too_much_sent_away() {
    let ping = || Ok(ControlMessage::Ping { payload: None });
    let stage = stage(true);
    stage.change(|connection| {
        connection.messages = MESSAGES_PER_WINDOW;
    });
    assert_eq!(say(&stage, ping()).await, None);
    assert_eq!(pushed(&stage), Vec::<String>::new());
    stage.change(|connection| {
        connection.messages = MESSAGES_TO_DISCONNECT;
    });
    assert_eq!(say(&stage, ping()).await, None);
    assert_eq!(pushed(&stage), ["1008 -", "closed"]);
}
