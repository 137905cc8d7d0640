use domain::SavedSnapshot;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::market::{Quote, Summary};
use domain::{Price, Snapshot, SnapshotId, Tick};
use feed::fanout::Newcomer;
use feed::session::{Replay, TickPrices};
use feed::{ExecuteOperations as _, Executed, LiveEvent, Operation, OperationKey};
use serde_json::Value;

use super::world::{NOW_MS, World, user};
use crate::{LiveSchema, Request};

const TICK: Tick = Tick::at_ms(NOW_MS);

async fn operation(query: &str) -> Operation {
    let schema = World::of(0).await.schema();
    let prepared = schema.prepare(Request {
        query: query.to_owned(),
        ..Default::default()
    });
    schema.plan(prepared.unwrap()).await.unwrap().operation
}

fn price(cents: u64) -> Price {
    Price::from_cents(cents).unwrap()
}

fn prices(users: u64) -> LiveEvent {
    let user = |n: u64| domain::UserId::generate(NOW_MS + n, &[7; 10]);
    LiveEvent::Prices {
        prices: TickPrices {
            tick: TICK,
            prices: (0..users).map(|n| (user(n), price(10_000 + n))).collect(),
        },
        resume: Some(TICK.previous()),
        replay: None,
    }
}

fn market() -> LiveEvent {
    let quote = |number, cents| Quote {
        user_id: user(number),
        opening: price(10_000),
        price: price(cents),
    };
    LiveEvent::Market {
        summary: Summary::of(TICK, [quote(1, 12_000), quote(2, 9_000)]),
        replay: Some(Replay {
            from: Tick(1),
            to: Tick(2),
            complete: false,
        }),
    }
}

fn saved() -> LiveEvent {
    LiveEvent::SnapshotSaved(SavedSnapshot {
        snapshot: Snapshot {
            id: SnapshotId::generate(NOW_MS, &[3; 10]),
            user_id: user(1),
            price: price(10_120),
        },
        saved_at_ms: NOW_MS + 1_500,
    })
}

fn registered() -> LiveEvent {
    LiveEvent::Registered(Newcomer {
        user_id: user(1),
        name: "Ada \"Countess\" Lovelace".to_owned(),
        registered_at_ms: NOW_MS,
        opening_price: price(10_420),
    })
}

fn alert() -> LiveEvent {
    let crossed = Crossed {
        tick: TICK,
        price: price(12_005),
    };
    let alert = Alert {
        id: AlertId::generate(NOW_MS, &[4; 10]),
        user_id: user(1),
        condition: Condition {
            crossing: Crossing::Above,
            threshold: price(12_000),
        },
        channel: Channel::Sms,
        state: AlertState::Firing(crossed),
    };
    LiveEvent::AlertFired { alert, crossed }
}

async fn results(schema: &LiveSchema, query: &str, event: &LiveEvent) -> Vec<String> {
    executed(schema, &operation(query).await, event).await
}

async fn executed(schema: &LiveSchema, operation: &Operation, event: &LiveEvent) -> Vec<String> {
    match schema.execute(operation, event).await {
        Executed::Results(results) => results
            .into_iter()
            .map(|result| String::from_utf8(result.into()).unwrap())
            .collect(),
        Executed::Impossible(errors) => panic!("{errors:?}"),
    }
}

/// An operation that is stored with this text.
fn stored(text: &str) -> Operation {
    Operation {
        key: OperationKey([text.len().to_be_bytes()[7]; 32]),
        text: text.to_owned(),
    }
}

async fn codes(schema: &LiveSchema, operation: &Operation, event: &LiveEvent) -> Vec<String> {
    let Executed::Impossible(errors) = schema.execute(operation, event).await else {
        panic!("it is possible");
    };
    let errors: Vec<Value> = serde_json::from_slice(&errors).unwrap();
    let code = |error: &Value| error["extensions"]["code"].as_str().unwrap().to_owned();
    errors.iter().map(code).collect()
}

#[tokio::test]
async fn every_event_has_its_fields_in_the_order_of_the_document() {
    let schema = LiveSchema::new();
    let mut written = Vec::new();
    for (query, event) in [
        (
            "subscription { p: onPriceUpdate { prices { price userId } at replay { to } tick __typename } }",
            prices(2),
        ),
        (
            "subscription { onMarket { replay { complete to from } losers { userId price changePercent } gainers { userId } mean shareholders at tick } }",
            market(),
        ),
        (
            "subscription { onUserRegistered { openingPrice registeredAt name id } }",
            registered(),
        ),
        (
            "subscription { onSnapshotSaved { id status price tick requestedAt savedAt } }",
            saved(),
        ),
        (
            "subscription { onAlert { at price tick channel threshold crossing id } }",
            alert(),
        ),
        (
            "subscription { onMarket { gainers { price @skip(if: true) } replay { to @include(if: false) } } }",
            market(),
        ),
        (
            "subscription { onMarket { tick @skip(if: true) } }",
            market(),
        ),
    ] {
        let once = results(&schema, query, &event).await;
        assert_eq!(once, results(&schema, query, &event).await);
        written.extend(once);
    }
    insta::assert_snapshot!(written.join("\n"), @r#"
    {"data":{"p":{"prices":[{"price":"100.00","userId":"019b76da-a800-7707-8707-070707070707"},{"price":"100.01","userId":"019b76da-a801-7707-8707-070707070707"}],"at":"2026-01-01T00:00:00Z","replay":null,"tick":353445120,"__typename":"PriceUpdate"}}}
    {"data":{"onMarket":{"replay":{"complete":false,"to":2,"from":1},"losers":[{"userId":"019b76d9-bda0-7202-8202-020202020202","price":"90.00","changePercent":"-10.00"}],"gainers":[{"userId":"019b76d9-bda0-7101-8101-010101010101"}],"mean":"105.00","shareholders":2,"at":"2026-01-01T00:00:00Z","tick":353445120}}}
    {"data":{"onUserRegistered":{"openingPrice":"104.20","registeredAt":"2026-01-01T00:00:00Z","name":"Ada \"Countess\" Lovelace","id":"019b76d9-bda0-7101-8101-010101010101"}}}
    {"data":{"onSnapshotSaved":{"id":"019b76da-a800-7303-8303-030303030303","status":"SAVED","price":"101.20","tick":353445120,"requestedAt":"2026-01-01T00:00:00Z","savedAt":"2026-01-01T00:00:01.500Z"}}}
    {"data":{"onAlert":{"at":"2026-01-01T00:00:00Z","price":"120.05","tick":353445120,"channel":"SMS","threshold":"120.00","crossing":"ABOVE","id":"019b76da-a800-7404-8404-040404040404"}}}
    {"data":{"onMarket":{"gainers":[{}],"replay":{}}}}
    {"data":{"onMarket":{}}}
    "#);
}

#[tokio::test]
async fn an_operation_is_parsed_once() {
    let schema = LiveSchema::new();
    let query = "subscription { onPriceUpdate { prices { price } } }";
    for users in 0..5 {
        results(&schema, query, &prices(users)).await;
    }
    assert_eq!(schema.parsed(), 1);
    results(&schema, "subscription { onMarket { tick } }", &market()).await;
    results(&schema, query, &prices(1)).await;
    assert_eq!(schema.parsed(), 2);
}

#[tokio::test]
async fn prices_that_fit_no_frame_come_in_several() {
    let schema = LiveSchema::new();
    let query = "subscription { onPriceUpdate { tick prices { userId price } } }";
    let several = results(&schema, query, &prices(1_000)).await;
    assert_eq!(several.len(), 4);
    let mut seen = Vec::new();
    for result in &several {
        assert!(result.len() <= crate::live::MAX_RESULT_BYTES);
        let result: Value = serde_json::from_str(result).unwrap();
        let update = &result["data"]["onPriceUpdate"];
        assert_eq!(update["tick"], TICK.get());
        seen.extend(update["prices"].as_array().unwrap().clone());
    }
    let (LiveEvent::Prices { prices: sent, .. }, mut expected) = (prices(1_000), Vec::new()) else {
        unreachable!("they are prices");
    };
    for (user, price) in sent.prices {
        expected.push(serde_json::json!({"userId": user.to_string(), "price": price.to_string()}));
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_is_too_large_even_alone_says_so() {
    let schema = LiveSchema::new();
    let long = "x".repeat(2_000);
    let fields: String = (0..16).map(|n| format!("{long}{n}: price ")).collect();
    let too_large = r#"{"data":null,"errors":[{"extensions":{"code":"RESULT_TOO_LARGE"},"message":"The result has more than 31488 bytes: ask for less."}]}"#;
    let one = stored(&format!(
        "subscription{{onPriceUpdate{{prices{{{fields}}}}}}}"
    ));
    let each = executed(&schema, &one, &prices(2)).await;
    assert_eq!(each, [too_large, too_large]);
    let market_is = stored(&format!("subscription{{onMarket{{gainers{{{fields}}}}}}}"));
    let all = executed(&schema, &market_is, &market()).await;
    assert_eq!(all, [too_large]);
}

#[tokio::test]
async fn what_can_not_be_executed_says_why() {
    let schema = LiveSchema::new();
    for text in [
        "",
        "{",
        "subscription{onMarket{gone}}",
        "subscription{onGone{tick}}",
        "{nothing}",
    ] {
        assert_eq!(
            codes(&schema, &stored(text), &market()).await,
            ["GRAPHQL_VALIDATION_FAILED"],
            "{text}"
        );
    }
    let mixed_up = operation("subscription { onMarket { tick } }").await;
    assert_eq!(codes(&schema, &mixed_up, &prices(1)).await, ["INTERNAL"]);
}
