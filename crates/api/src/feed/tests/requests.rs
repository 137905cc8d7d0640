use domain::{Tick, UserId};
use feed::MessageError;
use feed::session::{FeedMessage, SubscriptionId, SubscriptionRequest, Watch};

use crate::feed::{code, decode};

const USER: &str = "019b76da-a800-7000-8000-000000000001";

fn subscribe(id: &str, watch: Watch, since: Option<u64>, every: u32) -> FeedMessage {
    let id = SubscriptionId::parse(id).unwrap();
    FeedMessage::Subscribe(SubscriptionRequest {
        id,
        watch,
        since: since.map(Tick),
        every,
        operation: None,
    })
}

#[test]
fn every_op_is_read() {
    let users = Watch::Users(vec![UserId::parse(USER).unwrap()]);
    let named = format!(r#"{{"op":"subscribe","id":"s","users":["{USER}"],"since":7,"every":12}}"#);
    let cases = [
        (
            r#"{"op":"auth","token":"t"}"#,
            FeedMessage::Auth { token: "t".into() },
        ),
        (
            r#"{"op":"subscribe","id":"é 1","users":"me"}"#,
            subscribe("é 1", Watch::Me, None, 1),
        ),
        (
            r#"{"op":"subscribe","id":"s","users":"*"}"#,
            subscribe("s", Watch::Everyone, None, 1),
        ),
        (
            r#"{"users":"market","id":"s","op":"subscribe","since":0}"#,
            { subscribe("s", Watch::Market, Some(0), 1) },
        ),
        (
            r#"{"op":"subscribe","id":"s","users":"registrations"}"#,
            subscribe("s", Watch::Registrations, None, 1),
        ),
        (&named, subscribe("s", users, Some(7), 12)),
        // A client that has no tick yet may say so.
        (
            r#"{"op":"subscribe","id":"s","users":"me","since":null,"every":null}"#,
            subscribe("s", Watch::Me, None, 1),
        ),
        (r#"{"op":"unsubscribe","id":"s"}"#, {
            FeedMessage::Unsubscribe {
                id: SubscriptionId::parse("s").unwrap(),
            }
        }),
        (r#" {"op":"list"} "#, FeedMessage::List),
        (r#"{"op":"ping"}"#, FeedMessage::Ping { id: None }),
        (r#"{"op":"ping","id":null}"#, FeedMessage::Ping { id: None }),
        (
            r#"{"op":"ping","id":"1"}"#,
            FeedMessage::Ping {
                id: Some("1".into()),
            },
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(decode(Some(body)), Ok(expected), "{body}");
    }
}

/// `code id: message` of what a message is refused with.
fn refusal(body: &str) -> String {
    let MessageError {
        id,
        reason: refusal,
    } = decode(Some(body)).unwrap_err();
    format!(
        "{} {}: {refusal}",
        code(&refusal),
        id.as_deref().unwrap_or("-").escape_debug()
    )
}

#[test]
fn messages_that_can_not_be_read_are_told_why() {
    let refusals: Vec<_> = unreadable().iter().map(|body| refusal(body)).collect();
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    bad_message -: not JSON: EOF while parsing a value at line 1 column 0
    bad_message -: not JSON: expected value at line 1 column 1
    bad_message -: a message is a JSON object with an op
    bad_message -: a message is a JSON object with an op
    bad_message -: op is missing
    bad_message s: op must be a string
    unknown_op s: there is no op "shout": use auth, subscribe, unsubscribe, list or ping
    bad_message -: token is missing
    bad_message -: token must be a string
    bad_message s: list has no field "id"
    bad_message -: id is missing
    invalid_subscription : id must have 1 to 64 printable characters
    bad_message -: id is missing
    bad_message s: users is missing
    bad_message s: users must be a string or an array of user ids
    invalid_subscription s: users must be "me", "market", "*", "registrations" or an array of user ids
    invalid_subscription s: users must name 1 to 100 users, not 0
    bad_message s: users must hold user ids as strings
    invalid_subscription s: "bob" is not a user id: expected a UUID such as 019b76da-a800-7000-8000-000000000001
    invalid_subscription s: users names 019b76da-a800-7000-8000-000000000001 twice
    bad_message s: since must be a whole number
    bad_message s: since must be a whole number
    invalid_subscription s: every must be 1 to 720
    invalid_subscription s: every must be 1 to 720
    invalid_subscription s: registrations have no ticks: leave out since and every
    invalid_subscription s: registrations have no ticks: leave out since and every
    bad_message s: every must be a whole number
    bad_message s: subscribe has no field "speed"
    invalid_subscription -: id must have 1 to 64 printable characters
    invalid_subscription a\u{7}: id must have 1 to 64 printable characters
    "#);
}

fn unreadable() -> Vec<String> {
    let long_id = "x".repeat(65);
    let bodies = [
        "",
        "hello",
        "[]",
        "null",
        "{}",
        r#"{"op":7,"id":"s"}"#,
        r#"{"op":"shout","id":"s"}"#,
        r#"{"op":"auth"}"#,
        r#"{"op":"auth","token":5}"#,
        r#"{"op":"list","id":"s"}"#,
        r#"{"op":"unsubscribe"}"#,
        r#"{"op":"unsubscribe","id":""}"#,
        r#"{"op":"subscribe","users":"me"}"#,
        r#"{"op":"subscribe","id":"s"}"#,
        r#"{"op":"subscribe","id":"s","users":7}"#,
        r#"{"op":"subscribe","id":"s","users":"everybody"}"#,
        r#"{"op":"subscribe","id":"s","users":[]}"#,
        r#"{"op":"subscribe","id":"s","users":[7]}"#,
        r#"{"op":"subscribe","id":"s","users":["bob"]}"#,
        &format!(r#"{{"op":"subscribe","id":"s","users":["{USER}","{USER}"]}}"#),
        r#"{"op":"subscribe","id":"s","users":"me","since":-1}"#,
        r#"{"op":"subscribe","id":"s","users":"me","since":"now"}"#,
        r#"{"op":"subscribe","id":"s","users":"me","every":0}"#,
        r#"{"op":"subscribe","id":"s","users":"me","every":721}"#,
        r#"{"op":"subscribe","id":"s","users":"registrations","since":1}"#,
        r#"{"op":"subscribe","id":"s","users":"registrations","every":1}"#,
        r#"{"op":"subscribe","id":"s","users":"me","every":1.5}"#,
        r#"{"op":"subscribe","id":"s","users":"me","speed":1}"#,
        &format!(r#"{{"op":"subscribe","id":"{long_id}","users":"me"}}"#),
        "{\"op\":\"subscribe\",\"id\":\"a\\u0007\",\"users\":\"me\"}",
    ];
    bodies.map(str::to_owned).into()
}

#[test]
fn long_messages_are_not_looked_at() {
    let users = |n: u64| -> String {
        let user = |n: u64| format!("\"019b76da-a800-7000-8000-{n:012}\"");
        let users: Vec<_> = (0..n).map(user).collect();
        let id = "i".repeat(64);
        format!(
            r#"{{"op":"subscribe","id":"{id}","users":[{}],"since":353445120}}"#,
            users.join(",")
        )
    };
    assert!(decode(Some(&users(100))).is_ok());
    assert!(refusal(&users(101)).starts_with("invalid_subscription iii"));
    assert!(refusal(&users(300)).starts_with("message_too_large -"));
    assert!(refusal(&"[".repeat(8_000)).starts_with("bad_message -"));
    assert!(decode(None).is_err());
}
