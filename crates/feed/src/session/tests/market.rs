use domain::Tick;
use domain::market::{Quote, Summary};

use super::stage::{Stage, ask, model, subscribe};
use crate::MessageError;
use crate::fakes::{Faults, START, registered_at, user};
use crate::session::{Refusal, Replay, Reply, Watch};

/// The summary that is published at a tick.
fn published(stage: &Stage, tick: Tick) -> Summary {
    let users = stage.feed.known().users.clone();
    let shareholders = users.iter().map(|user| model().shareholder(*user));
    let listed = shareholders.filter(|shareholder| shareholder.is_listed_at(tick));
    let quote = |shareholder: domain::Shareholder| Quote {
        user_id: shareholder.user_id(),
        opening: shareholder.opening_price(),
        price: shareholder.price_at(tick),
    };
    Summary::of(tick, listed.map(quote))
}

fn crowd(stage: &Stage) {
    stage.feed.known().users = (0..11).map(user).collect();
}

#[tokio::test(start_paused = true)]
async fn begins_with_the_current_summary() {
    let (stage, session) = Stage::new(0, Faults::default());
    let reply = ask(&stage, &session, Ok(subscribe(Watch::Market, None, 1))).await;
    let Reply::MarketSnapshot { summary, .. } = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(summary, published(&stage, START));
    assert_eq!(summary.shareholders, 3);
}

#[tokio::test(start_paused = true)]
async fn missed_summaries_are_as_they_were_published() {
    let (stage, session) = Stage::new(0, Faults::default());
    stage
        .feed
        .known()
        .users
        .push(registered_at(START.minus(4), 7));
    for every in [1, 3] {
        stage.feed.known().subscriptions.clear();
        let request = subscribe(Watch::Market, Some(START.minus(6)), every);
        let reply = ask(&stage, &session, Ok(request)).await;
        let Reply::MarketReplayed {
            summaries, more, ..
        } = reply
        else {
            panic!("{reply:?}")
        };
        assert!(!more);
        let ticks = (START.get() - 5..=START.get()).filter(|tick| tick % u64::from(every) == 0);
        let expected: Vec<_> = ticks.map(|tick| published(&stage, Tick(tick))).collect();
        assert_eq!(summaries, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_market_that_is_too_large_is_watched_without_its_past() {
    let (stage, session) = Stage::new(0, Faults::default());
    crowd(&stage);
    let reply = ask(&stage, &session, Ok(subscribe(Watch::Market, None, 1))).await;
    assert!(
        matches!(reply, Reply::Subscribed { replay: None, .. }),
        "{reply:?}"
    );
    stage.feed.known().subscriptions.clear();
    let reply = ask(
        &stage,
        &session,
        Ok(subscribe(Watch::Market, Some(START.minus(9)), 1)),
    )
    .await;
    let Reply::Subscribed { replay, .. } = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(
        replay,
        Some(Replay {
            from: START.next(),
            to: START,
            complete: false
        })
    );
}

#[tokio::test(start_paused = true)]
async fn everyone_is_refused_above_the_limit() {
    let (stage, session) = Stage::new(0, Faults::default());
    crowd(&stage);
    let reply = ask(&stage, &session, Ok(subscribe(Watch::Everyone, None, 1))).await;
    let refusal = Refusal::MarketTooLarge { limit: 10 };
    assert_eq!(
        reply,
        Reply::Error(MessageError {
            id: Some("s".into()),
            reason: refusal,
        })
    );
    assert!(stage.feed.known().subscriptions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn clients_that_join_in_the_same_tick_share_one_reading_of_the_users() {
    let (stage, session) = Stage::new(0, Faults::default());
    for _ in 0..5 {
        stage.feed.known().subscriptions.clear();
        let request = subscribe(Watch::Everyone, Some(START.minus(3)), 1);
        stage.receive(&session, Ok(request)).await.unwrap();
    }
    assert_eq!(stage.feed.known().roster_reads, 1);
}

#[tokio::test(start_paused = true)]
async fn registrations_are_acknowledged_and_nothing_follows() {
    let (stage, session) = Stage::new(0, Faults::default());
    let request = subscribe(Watch::Registrations, None, 1);
    let reply = ask(&stage, &session, Ok(request)).await;
    assert!(
        matches!(reply, Reply::Subscribed { replay: None, .. }),
        "{reply:?}"
    );
    assert_eq!(stage.feed.known().subscriptions.len(), 1);
    assert_eq!(stage.feed.known().roster_reads, 0);
}
