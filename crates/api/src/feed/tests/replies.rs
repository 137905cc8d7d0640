use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::market::{Quote, Summary};
use domain::{Price, Tick, UserId};
use feed::session::{Replay, Subscription, SubscriptionId, TickPrices, Watch};
use feed::{
    EncodeFrames, Frame, LiveEvent, MAX_FRAME_BYTES, MessageError, Newcomer, Refusal, Reply,
};
use serde_json::Value;

use crate::feed::code;
use crate::frames::JsonFrames;

const NOW_MS: u64 = 1_767_225_600_000;
const TICK: Tick = Tick(353_445_120);
/// What the replay is that messages are part of was said before.
const REPLAY: Replay = Replay {
    from: TICK,
    to: TICK,
    complete: true,
};

fn user(n: u64) -> UserId {
    UserId::parse(&format!("019b76da-a800-7000-8000-{n:012}")).unwrap()
}

fn price(cents: u64) -> Price {
    Price::from_cents(cents).unwrap()
}

fn id() -> SubscriptionId {
    SubscriptionId::parse("s\"1").unwrap()
}

fn summary() -> Summary {
    let quote = |(n, opening, now)| Quote {
        user_id: user(n),
        opening: price(opening),
        price: price(now),
    };
    Summary::of(TICK, [(1, 10_000, 10_120), (2, 20_000, 19_000)].map(quote))
}

fn encode(reply: &Reply) -> Vec<String> {
    let frames = JsonFrames.reply(reply).into_iter();
    frames.map(|frame| frame.text()).collect()
}

/// The reply as the one message that it fits.
fn one(reply: &Reply) -> String {
    let [message] = encode(reply).try_into().expect("one message");
    serde_json::from_str::<Value>(&message).expect("JSON");
    message
}

#[test]
fn acknowledgements() {
    let authenticated = Reply::Authenticated {
        user_id: user(1),
        expires_at_ms: NOW_MS,
    };
    insta::assert_snapshot!(one(&authenticated), @r#"{"type":"ack","op":"auth","user_id":"019b76da-a800-7000-8000-000000000001","expires_at":"2026-01-01T00:00:00Z"}"#);
    let subscribed = |replay, resume| Reply::Subscribed {
        id: id(),
        live_from: TICK,
        replay,
        resume,
    };
    insta::assert_snapshot!(one(&subscribed(None, None)), @r#"{"type":"ack","op":"subscribe","id":"s\"1","live_from":353445120}"#);
    let replay = Replay {
        from: Tick(353_445_000),
        to: TICK.previous(),
        complete: false,
    };
    insta::assert_snapshot!(one(&subscribed(Some(replay), None)), @r#"{"type":"ack","op":"subscribe","id":"s\"1","live_from":353445120,"replay":{"from":353445000,"to":353445119,"complete":false}}"#);
    let nothing = Replay {
        from: TICK,
        to: TICK.previous(),
        complete: true,
    };
    insta::assert_snapshot!(one(&subscribed(Some(nothing), Some(nothing.to))), @r#"{"type":"ack","op":"subscribe","id":"s\"1","live_from":353445120,"replay":{"from":353445120,"to":353445119,"complete":true},"resume":353445119}"#);
    insta::assert_snapshot!(one(&Reply::Unsubscribed { id: id() }), @r#"{"type":"ack","op":"unsubscribe","id":"s\"1"}"#);
}

#[test]
fn answers() {
    insta::assert_snapshot!(one(&Reply::Pong { id: None, at_ms: NOW_MS + 7 }), @r#"{"type":"pong","at":"2026-01-01T00:00:00.007Z"}"#);
    insta::assert_snapshot!(one(&Reply::Pong { id: Some("p".into()), at_ms: NOW_MS }), @r#"{"type":"pong","id":"p","at":"2026-01-01T00:00:00Z"}"#);
    insta::assert_snapshot!(one(&Reply::Subscriptions(Vec::new())), @r#"{"type":"subscriptions","subscriptions":[]}"#);
    let subscription = |watch| Subscription {
        id: id(),
        watch,
        every: 12,
        live_from: TICK,
        operation: None,
    };
    let watched = [
        Watch::Users(vec![user(1), user(2)]),
        Watch::Me,
        Watch::Market,
        Watch::Everyone,
    ];
    let subscriptions = Reply::Subscriptions(watched.map(subscription).into());
    insta::assert_snapshot!(one(&subscriptions).replace("},", "},\n"), @r#"
    {"type":"subscriptions","subscriptions":[{"id":"s\"1","users":["019b76da-a800-7000-8000-000000000001","019b76da-a800-7000-8000-000000000002"],"every":12,"live_from":353445120},
    {"id":"s\"1","users":"me","every":12,"live_from":353445120},
    {"id":"s\"1","users":"market","every":12,"live_from":353445120},
    {"id":"s\"1","users":"*","every":12,"live_from":353445120}]}
    "#);
}

#[test]
fn snapshots() {
    let prices = TickPrices {
        tick: TICK,
        prices: vec![(user(1), price(10_120)), (user(2), price(5))],
    };
    insta::assert_snapshot!(one(&Reply::Snapshot { id: id(), prices }), @r#"{"type":"snapshot","id":"s\"1","tick":353445120,"prices":{"019b76da-a800-7000-8000-000000000001":"101.20","019b76da-a800-7000-8000-000000000002":"0.05"},"resume":353445120}"#);
    let market = Reply::MarketSnapshot {
        id: id(),
        summary: summary(),
    };
    insta::assert_snapshot!(one(&market).replace("[", "[\n"), @r#"
    {"type":"snapshot","id":"s\"1","tick":353445120,"market":{"tick":353445120,"at":"2026-01-01T00:00:00Z","shareholders":2,"mean":"145.60","gainers":[
    {"user_id":"019b76da-a800-7000-8000-000000000001","price":"101.20","change_percent":"1.20"}],"losers":[
    {"user_id":"019b76da-a800-7000-8000-000000000002","price":"190.00","change_percent":"-5.00"}]}}
    "#);
}

#[test]
fn replays() {
    let tick = |ticks, cents| TickPrices {
        tick: TICK.plus(ticks),
        prices: vec![(user(1), price(cents)), (user(2), price(cents + 1))],
    };
    let ticks = vec![tick(0, 10_000), tick(3, 10_010)];
    let reply = Reply::Replayed {
        id: id(),
        replay: REPLAY,
        ticks,
        more: true,
    };
    insta::assert_snapshot!(one(&reply).replace("},", "},\n"), @r#"
    {"type":"prices","id":"s\"1","replay":true,"ticks":[{"tick":353445120,"prices":{"019b76da-a800-7000-8000-000000000001":"100.00","019b76da-a800-7000-8000-000000000002":"100.01"}},
    {"tick":353445123,"prices":{"019b76da-a800-7000-8000-000000000001":"100.10","019b76da-a800-7000-8000-000000000002":"100.11"}}],"resume":353445123,"more":true}
    "#);
    let nothing = Reply::Replayed {
        id: id(),
        replay: REPLAY,
        ticks: Vec::new(),
        more: false,
    };
    insta::assert_snapshot!(one(&nothing), @r#"{"type":"prices","id":"s\"1","replay":true,"ticks":[],"resume":353445120}"#);
    let empty = Summary::of(TICK, []);
    let market = Reply::MarketReplayed {
        id: id(),
        replay: REPLAY,
        summaries: vec![empty],
        more: false,
    };
    insta::assert_snapshot!(one(&market), @r#"{"type":"market","id":"s\"1","replay":true,"summaries":[{"tick":353445120,"at":"2026-01-01T00:00:00Z","shareholders":0,"mean":null,"gainers":[],"losers":[]}]}"#);
}

#[test]
fn refusals() {
    let refusals = [
        Refusal::BadMessage("op is missing".into()),
        Refusal::UnknownOp("shout".into()),
        Refusal::MessageTooLarge,
        Refusal::Unauthenticated("authenticate first, with op auth"),
        Refusal::InvalidToken("the token has expired"),
        Refusal::AlreadyAuthenticated,
        Refusal::InvalidSubscription("every must be 1 to 720".into()),
        Refusal::UnknownUsers(vec![user(1), user(2)]),
        Refusal::DuplicateSubscription,
        Refusal::UnknownSubscription,
        Refusal::TooManySubscriptions,
        Refusal::MarketTooLarge { limit: 1000 },
        Refusal::RateLimited,
        Refusal::Unavailable,
    ];
    let described = include_str!("../../../../../docs/websocket-feed.md");
    for refusal in &refusals {
        assert!(
            described.contains(&format!("\n| `{}` |", code(refusal))),
            "{refusal:?}"
        );
    }
    let lines = refusals.map(|refusal| {
        one(&Reply::Error(MessageError {
            id: None,
            reason: refusal,
        }))
    });
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"type":"error","code":"bad_message","message":"op is missing"}
    {"type":"error","code":"unknown_op","message":"there is no op \"shout\": use auth, subscribe, unsubscribe, list or ping"}
    {"type":"error","code":"message_too_large","message":"a message may have at most 8192 bytes"}
    {"type":"error","code":"unauthenticated","message":"authenticate first, with op auth"}
    {"type":"error","code":"invalid_token","message":"the token has expired"}
    {"type":"error","code":"already_authenticated","message":"this connection has authenticated: only a newer token of the same user is accepted on it"}
    {"type":"error","code":"invalid_subscription","message":"every must be 1 to 720"}
    {"type":"error","code":"unknown_user","message":"there is no user 019b76da-a800-7000-8000-000000000001, 019b76da-a800-7000-8000-000000000002"}
    {"type":"error","code":"duplicate_subscription","message":"this connection has a subscription with this id already: unsubscribe it first"}
    {"type":"error","code":"unknown_subscription","message":"this connection has no subscription with this id"}
    {"type":"error","code":"too_many_subscriptions","message":"a connection may have at most 20 subscriptions"}
    {"type":"error","code":"market_too_large","message":"\"*\" is available up to 1000 users, and there are more: name the users, or use \"market\""}
    {"type":"error","code":"rate_limited","message":"at most 50 messages in 5 seconds are accepted: slow down"}
    {"type":"error","code":"unavailable","message":"this can't be done at the moment: try again"}
    "#);
    let refused = MessageError {
        id: Some("s".into()),
        reason: Refusal::RateLimited,
    };
    assert!(one(&Reply::Error(refused)).ends_with(r#","id":"s"}"#));
    insta::assert_snapshot!(one(&Reply::Bye(Refusal::RateLimited)), @r#"{"type":"bye","code":"rate_limited","message":"at most 50 messages in 5 seconds are accepted: slow down"}"#);
}

#[test]
fn live_frames() {
    let tick = |ticks, users: &[u64]| TickPrices {
        tick: TICK.plus(ticks),
        prices: users
            .iter()
            .map(|n| (user(*n), price(10_120 + n)))
            .collect(),
    };
    let frames = JsonFrames.prices(&[tick(0, &[1, 2]), tick(1, &[1])], Some(TICK));
    let text = Frame::text;
    assert_eq!(frames.len(), 1);
    insta::assert_snapshot!(text(&frames[0]).replace("},", "},\n"), @r#"
    {"type":"prices","ticks":[{"tick":353445120,"prices":{"019b76da-a800-7000-8000-000000000001":"101.21","019b76da-a800-7000-8000-000000000002":"101.22"}},
    {"tick":353445121,"prices":{"019b76da-a800-7000-8000-000000000001":"101.21"}}],"resume":353445120}
    "#);
    let unknown = JsonFrames.prices(&[tick(0, &[1])], None);
    insta::assert_snapshot!(text(&unknown[0]), @r#"{"type":"prices","ticks":[{"tick":353445120,"prices":{"019b76da-a800-7000-8000-000000000001":"101.21"}}]}"#);
    let frames = JsonFrames.market(&[&summary(), &Summary::of(TICK.next(), [])]);
    assert_eq!(frames.len(), 1);
    insta::assert_snapshot!(text(&frames[0]).replace("},", "},\n"), @r#"
    {"type":"market","summaries":[{"tick":353445120,"at":"2026-01-01T00:00:00Z","shareholders":2,"mean":"145.60","gainers":[{"user_id":"019b76da-a800-7000-8000-000000000001","price":"101.20","change_percent":"1.20"}],"losers":[{"user_id":"019b76da-a800-7000-8000-000000000002","price":"190.00","change_percent":"-5.00"}]},
    {"tick":353445121,"at":"2026-01-01T00:00:05Z","shareholders":0,"mean":null,"gainers":[],"losers":[]}]}
    "#);
    assert!(JsonFrames.prices(&[], Some(TICK)).is_empty() && JsonFrames.market(&[]).is_empty());
}

#[test]
fn registrations_and_alerts() {
    let newcomer = |n| Newcomer {
        user_id: user(n),
        name: format!("Ada \"{n}\""),
        registered_at_ms: NOW_MS + n,
        opening_price: price(10_420),
    };
    let frames = JsonFrames.registrations(&[newcomer(1), newcomer(2)]);
    let text = Frame::text;
    assert_eq!(frames.len(), 1);
    insta::assert_snapshot!(text(&frames[0]).replace("},", "},\n"), @r#"
    {"type":"user.registered","users":[{"user_id":"019b76da-a800-7000-8000-000000000001","name":"Ada \"1\"","price":"104.20","registered_at":"2026-01-01T00:00:00.001Z"},
    {"user_id":"019b76da-a800-7000-8000-000000000002","name":"Ada \"2\"","price":"104.20","registered_at":"2026-01-01T00:00:00.002Z"}]}
    "#);
    assert!(JsonFrames.registrations(&[]).is_empty());
    let many: Vec<_> = (0..1000).map(newcomer).collect();
    let frames = JsonFrames.registrations(&many);
    assert!(frames.iter().all(|frame| frame.size() <= MAX_FRAME_BYTES));
    let in_all = frames.iter().map(|frame| {
        let frame: Value = serde_json::from_slice(&frame.body()).unwrap();
        frame["users"].as_array().unwrap().len()
    });
    assert_eq!(in_all.sum::<usize>(), 1000);

    let crossed = Crossed {
        tick: TICK,
        price: price(9_998),
    };
    let alert = Alert {
        id: AlertId::generate(NOW_MS, &[3; 10]),
        user_id: user(1),
        condition: Condition {
            crossing: Crossing::Below,
            threshold: price(10_000),
        },
        channel: Channel::Sms,
        state: AlertState::Firing(crossed),
    };
    insta::assert_snapshot!(JsonFrames.user_event(&LiveEvent::AlertFired { alert, crossed }).unwrap().text(), @r#"{"type":"alert","alert":{"id":"019b76da-a800-7303-8303-030303030303","below":"100.00","channel":"sms","tick":353445120,"price":"99.98","at":"2026-01-01T00:00:00Z"}}"#);
}

/// All prices in messages, in order, and whether each message but the last says that more follows.
fn prices_in(messages: &[String]) -> (Vec<(u64, String, String)>, bool) {
    let mut prices = Vec::new();
    let mut marked = true;
    for (index, message) in messages.iter().enumerate() {
        assert!(message.len() <= MAX_FRAME_BYTES, "{} bytes", message.len());
        let value: Value = serde_json::from_str(message).unwrap();
        marked &= value.get("more").is_some() == (index + 1 < messages.len());
        let one_tick = [value.clone()];
        for tick in value["ticks"]
            .as_array()
            .map_or(&one_tick[..], Vec::as_slice)
        {
            let number = tick["tick"].as_u64().unwrap();
            let members = tick["prices"].as_object().unwrap().iter();
            prices.extend(
                members.map(|(user, price)| {
                    (number, user.clone(), price.as_str().unwrap().to_owned())
                }),
            );
        }
    }
    (prices, marked)
}

#[test]
fn long_replies_are_split_without_loss() {
    let users: Vec<_> = (0..2_000).map(|n| (user(n), price(10_000 + n))).collect();
    let expected = |ticks: u64| -> Vec<_> {
        let tick = |tick| {
            let users = users.iter();
            users.map(move |(user, price)| {
                (TICK.plus(tick).get(), user.to_string(), price.to_string())
            })
        };
        (0..ticks).flat_map(tick).collect()
    };
    let prices = TickPrices {
        tick: TICK,
        prices: users.clone(),
    };
    let snapshot = encode(&Reply::Snapshot { id: id(), prices });
    assert_eq!(snapshot.len(), 4);
    assert_eq!(prices_in(&snapshot), (expected(1), true));

    let tick = |n| TickPrices {
        tick: TICK.plus(n),
        prices: users.clone(),
    };
    let replay = encode(&Reply::Replayed {
        id: id(),
        replay: REPLAY,
        ticks: (0..3).map(tick).collect(),
        more: false,
    });
    assert_eq!(prices_in(&replay), (expected(3), true));

    let frames = JsonFrames.prices(&[tick(0)], None);
    let live: Vec<_> = frames.iter().map(Frame::text).collect();
    assert_eq!(prices_in(&live).0, expected(1));
    assert!(live.iter().all(|frame| !frame.contains("more")));
}

#[test]
fn many_summaries_and_subscriptions_are_split() {
    let summaries = vec![summary(); 720];
    let messages = encode(&Reply::MarketReplayed {
        id: id(),
        replay: REPLAY,
        summaries,
        more: true,
    });
    let mut found = 0;
    for message in &messages {
        assert!(message.len() <= MAX_FRAME_BYTES);
        let value: Value = serde_json::from_str(message).unwrap();
        assert_eq!(value["more"], true);
        found += value["summaries"].as_array().unwrap().len();
    }
    assert_eq!(found, 720);

    let users: Vec<_> = (0..100).map(user).collect();
    let subscription = Subscription {
        id: id(),
        watch: Watch::Users(users),
        every: 1,
        live_from: TICK,
        operation: None,
    };
    let messages = encode(&Reply::Subscriptions(vec![subscription; 20]));
    assert!(
        messages.len() > 1
            && messages
                .iter()
                .all(|message| message.len() <= MAX_FRAME_BYTES)
    );
}
