use std::time::Duration;

use super::stage::{Event, Stage, ask, connection_id, subscribe};
use crate::MessageError;
use crate::fakes::{Faults, START, user};
use crate::push::PushError;
use crate::session::{FeedMessage, Refusal, Reply, Session, SubscriptionId, Watch};

fn stage() -> (Stage, Session) {
    Stage::new(0, Faults::default())
}

fn refusal(reply: Reply) -> Refusal {
    match reply {
        Reply::Error(refused) => refused.reason,
        other => panic!("{other:?}"),
    }
}

fn auth(n: u64, expires_at: u64) -> FeedMessage {
    FeedMessage::Auth {
        token: format!("{n} {expires_at}"),
    }
}

fn unsubscribe(id: &str) -> FeedMessage {
    FeedMessage::Unsubscribe {
        id: SubscriptionId::parse(id).unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn everything_but_auth_and_ping_needs_authentication() {
    let (stage, session) = stage();
    stage.change(|connection| connection.identity = None);
    for request in [
        subscribe(Watch::Me, None, 1),
        unsubscribe("s"),
        FeedMessage::List,
    ] {
        let refusal = refusal(ask(&stage, &session, Ok(request)).await);
        assert!(
            matches!(refusal, Refusal::Unauthenticated(_)),
            "{refusal:?}"
        );
    }
    let id = Some("p".to_owned());
    let pong = ask(&stage, &session, Ok(FeedMessage::Ping { id: id.clone() })).await;
    assert_eq!(
        pong,
        Reply::Pong {
            id,
            at_ms: stage.now_ms()
        }
    );
    let expires_at = stage.now_ms() / 1000 + 60;
    let authenticated = ask(&stage, &session, Ok(auth(2, expires_at))).await;
    let expires_at_ms = expires_at * 1000;
    assert_eq!(
        authenticated,
        Reply::Authenticated {
            user_id: user(2),
            expires_at_ms
        }
    );
    let list = ask(&stage, &session, Ok(FeedMessage::List)).await;
    assert_eq!(list, Reply::Subscriptions(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_renewed_on_the_open_connection() {
    let (stage, session) = stage();
    tokio::time::advance(Duration::from_secs(3_600)).await;
    let expired = refusal(ask(&stage, &session, Ok(FeedMessage::List)).await);
    assert!(
        matches!(expired, Refusal::Unauthenticated(_)),
        "{expired:?}"
    );
    let now = stage.now_ms() / 1000;
    ask(&stage, &session, Ok(auth(0, now + 60))).await;
    assert_eq!(
        ask(&stage, &session, Ok(FeedMessage::List)).await,
        Reply::Subscriptions(Vec::new())
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_authentication_must_extend_the_first() {
    let (stage, session) = stage();
    let later = stage.now_ms() / 1000 + 7_200;
    for request in [auth(0, later - 3_600), auth(1, later), auth(0, 1)] {
        let again = refusal(ask(&stage, &session, Ok(request)).await);
        assert_eq!(again, Refusal::AlreadyAuthenticated);
    }
    let bad = refusal(
        ask(
            &stage,
            &session,
            Ok(FeedMessage::Auth { token: "?".into() }),
        )
        .await,
    );
    assert_eq!(bad, Refusal::InvalidToken("the token is malformed"));
}

#[tokio::test(start_paused = true)]
async fn bad_subscriptions_are_refused_by_name_and_not_stored() {
    let (stage, session) = stage();
    let unknown = Watch::Users(vec![user(1), user(8), user(9)]);
    for (request, expected) in [
        (
            subscribe(unknown, None, 1),
            Refusal::UnknownUsers(vec![user(8), user(9)]),
        ),
        (subscribe(Watch::Me, Some(START.next()), 1), {
            let message = "since is 353445121, but the current tick is 353445120: \
                           name the last tick that you have";
            Refusal::InvalidSubscription(message.into())
        }),
    ] {
        let reply = ask(&stage, &session, Ok(request)).await;
        assert_eq!(
            reply,
            Reply::Error(MessageError {
                id: Some("s".into()),
                reason: expected
            })
        );
        assert!(stage.feed.known().subscriptions.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn subscribes_once_by_an_id_and_unsubscribes_once() {
    let (stage, session) = stage();
    let snapshot = ask(&stage, &session, Ok(subscribe(Watch::Me, None, 1))).await;
    assert!(matches!(snapshot, Reply::Snapshot { .. }), "{snapshot:?}");
    let again = ask(&stage, &session, Ok(subscribe(Watch::Market, None, 1))).await;
    assert_eq!(refusal(again), Refusal::DuplicateSubscription);
    let listed = ask(&stage, &session, Ok(FeedMessage::List)).await;
    let Reply::Subscriptions(listed) = listed else {
        panic!("{listed:?}")
    };
    assert_eq!(listed[0].watch, Watch::Me);
    let id = SubscriptionId::parse("s").unwrap();
    assert_eq!(
        ask(&stage, &session, Ok(unsubscribe("s"))).await,
        Reply::Unsubscribed { id }
    );
    let unknown = ask(&stage, &session, Ok(unsubscribe("s"))).await;
    assert_eq!(refusal(unknown), Refusal::UnknownSubscription);
}

#[tokio::test(start_paused = true)]
async fn unreadable_messages_are_refused_with_their_id() {
    let (stage, session) = stage();
    let refused = MessageError {
        id: Some("x".into()),
        reason: Refusal::BadMessage("no op".into()),
    };
    let reply = ask(&stage, &session, Err(refused.clone())).await;
    assert_eq!(reply, Reply::Error(refused));
    assert_eq!(stage.connection().unwrap().messages, 1);
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_refused_until_the_window_is_over() {
    let (stage, session) = stage();
    let ping = || Ok(FeedMessage::Ping { id: None });
    for _ in 0..50 {
        assert!(matches!(
            ask(&stage, &session, ping()).await,
            Reply::Pong { .. }
        ));
    }
    assert_eq!(
        refusal(ask(&stage, &session, ping()).await),
        Refusal::RateLimited
    );
    tokio::time::advance(Duration::from_secs(5)).await;
    for _ in 0..50 {
        assert!(matches!(
            ask(&stage, &session, ping()).await,
            Reply::Pong { .. }
        ));
    }
    assert_eq!(
        refusal(ask(&stage, &session, ping()).await),
        Refusal::RateLimited
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_on_flooding_is_disconnected() {
    let (stage, session) = stage();
    let ping = || Ok(FeedMessage::Ping { id: None });
    for _ in 0..500 {
        ask(&stage, &session, ping()).await;
    }
    assert_eq!(stage.receive(&session, ping()).await, None);
    let events = stage.events();
    let bye = Event::Reply(Reply::Bye(Refusal::RateLimited));
    assert_eq!(events[events.len() - 2..], [bye, Event::Closed]);
    assert_eq!(stage.connection(), None);
}

#[tokio::test(start_paused = true)]
async fn slow_talkers_are_never_limited() {
    let (stage, session) = stage();
    for _ in 0..200 {
        let pong = ask(&stage, &session, Ok(FeedMessage::Ping { id: None })).await;
        assert!(matches!(pong, Reply::Pong { .. }), "{pong:?}");
        tokio::time::advance(Duration::from_millis(150)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_known_is_told_so_and_closed() {
    let (stage, session) = stage();
    stage.disconnect();
    assert_eq!(stage.receive(&session, Ok(FeedMessage::List)).await, None);
    let [
        Event::Reply(Reply::Bye(Refusal::Unauthenticated(_))),
        Event::Closed,
    ] = stage.events()[..]
    else {
        panic!("{:?}", stage.events());
    };
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_an_error_that_keeps_the_connection() {
    let world = Faults {
        connections: true,
        ..Faults::default()
    };
    let (stage, session) = Stage::new(0, world);
    let reply = ask(&stage, &session, Ok(subscribe(Watch::Me, None, 1))).await;
    let refused = MessageError {
        id: Some("s".into()),
        reason: Refusal::Unavailable,
    };
    assert_eq!(reply, Reply::Error(refused));
}

/// Whether the acknowledgement or what follows it can't be sent.
#[tokio::test(start_paused = true)]
async fn a_subscription_whose_past_can_not_be_sent_is_taken_back() {
    // The first frame of the acknowledgement, and the first of what follows it.
    for failing in [1, 3] {
        let send_fails = Some((failing, (|| PushError::Throttled) as fn() -> PushError));
        let (stage, session) = Stage::new(
            0,
            Faults {
                send_fails,
                more_frames: 1,
                ..Faults::default()
            },
        );
        let reply = ask(&stage, &session, Ok(subscribe(Watch::Me, None, 1))).await;
        assert_eq!(refusal(reply), Refusal::Unavailable);
        assert!(stage.feed.known().subscriptions.is_empty());
        assert!(stage.connection().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_given_up_is_taken_back() {
    for removals_fail in [false, true] {
        let faults = Faults {
            send_ms: 60_000,
            more_frames: 1,
            subscription_removals: removals_fail,
            ..Faults::default()
        };
        let (stage, session) = Stage::new(0, faults);
        let message = subscribe(Watch::Me, None, 1);
        let answering = ask(&stage, &session, Ok(message.clone()));
        let late = tokio::time::timeout(Duration::from_secs(26), answering).await;
        assert!(late.is_err());
        assert_eq!(stage.feed.known().subscriptions.len(), 1);
        let told = session.give_up(&connection_id(), Ok(message)).await;
        stage.feed.arrived(&connection_id(), &told.unwrap());
        let refused = MessageError {
            id: Some("s".into()),
            reason: Refusal::Unavailable,
        };
        assert_eq!(stage.replies().pop(), Some(Reply::Error(refused)));
        let left = usize::from(removals_fail);
        assert_eq!(stage.feed.known().subscriptions.len(), left);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_while_it_subscribes_leaves_nothing_behind() {
    let send_fails = Some((1, (|| PushError::Gone) as fn() -> PushError));
    let (stage, session) = Stage::new(
        0,
        Faults {
            send_fails,
            ..Faults::default()
        },
    );
    let request = Ok(subscribe(Watch::Me, None, 1));
    assert_eq!(stage.receive(&session, request).await, None);
    assert!(stage.feed.known().subscriptions.is_empty());
    assert_eq!(stage.connection(), None);
}
