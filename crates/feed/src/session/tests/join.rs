//! Where the past meets the live ticks, against a fan-out that runs at the same time.

use std::collections::BTreeMap;

use domain::{Price, Tick, UserId};
use proptest::prelude::*;

use super::stage::{Event, Stage, model, subscribe};
use crate::fakes::{Faults, START, registered_at, user};
use crate::session::{Refusal, Replay, Reply, Watch};

/// What a replay or a snapshot gave.
type Replayed = BTreeMap<Tick, Vec<(UserId, Price)>>;

/// How a client joins.
#[derive(Debug, Clone)]
struct Case {
    offset_ms: u64,
    /// How many ticks ago the client left, if it wants what it missed.
    since_ago: Option<u64>,
    every: u32,
    watch: Watch,
    /// How many ticks ago a third user registered.
    newcomer_ago: u64,
    lateness_ms: u64,
    world: Faults,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            offset_ms: 0,
            since_ago: Some(3),
            every: 1,
            watch: Watch::Me,
            newcomer_ago: 1,
            lateness_ms: 0,
            world: Faults::default(),
        }
    }
}

struct Outcome {
    events: Vec<Event>,
    users: Vec<UserId>,
    last: Tick,
    remaining: usize,
}

/// Joins, and lets the fan-out run on for some ticks.
fn run(case: &Case) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (stage, session) = Stage::new(case.offset_ms, case.world.clone());
        let newcomer = registered_at(START.minus(case.newcomer_ago), 7);
        stage.feed.known().users.push(newcomer);
        let watch = match &case.watch {
            Watch::Users(_) => Watch::Users(vec![user(1), newcomer]),
            other => other.clone(),
        };
        let users = match &watch {
            Watch::Users(users) => users.clone(),
            Watch::Me
            | Watch::Market
            | Watch::Registrations
            | Watch::Snapshots
            | Watch::Alerts
            | Watch::Nothing => {
                vec![user(0)]
            }
            Watch::Everyone => stage.feed.known().users.clone(),
        };
        let last = START.plus(20);
        let fan_out = {
            let feed = stage.feed.clone();
            tokio::spawn(Stage::fan_out(feed, last, case.lateness_ms))
        };
        let since = case.since_ago.map(|ago| START.minus(ago));
        let request = subscribe(watch, since, case.every);
        stage.receive(&session, Ok(request)).await;
        fan_out.await.unwrap();
        let remaining = stage.feed.known().subscriptions.len();
        Outcome {
            events: stage.events(),
            users,
            last,
            remaining,
        }
    })
}

/// The ticks that reached the client after the acknowledgement, in order, each with the prices of all
/// watched users that a replay gave, and the acknowledgement's replay.
fn joined(outcome: &Outcome) -> Option<(Option<Replay>, Vec<Tick>, Replayed)> {
    let mut events = outcome.events.iter();
    let replay = match events.next()? {
        Event::Reply(Reply::Subscribed { replay, .. }) => *replay,
        Event::Reply(Reply::Error(_)) => return None,
        other => panic!("{other:?} before the acknowledgement"),
    };
    if let Some(Event::Reply(Reply::Error(_))) = outcome.events.last() {
        return None;
    }
    let mut ticks = Vec::new();
    let mut replayed = BTreeMap::new();
    for event in events {
        match event {
            Event::Live(tick) => ticks.push(*tick),
            Event::Reply(Reply::Replayed { ticks: part, .. }) => {
                for tick in part {
                    ticks.push(tick.tick);
                    assert!(
                        replayed.insert(tick.tick, tick.prices.clone()).is_none(),
                        "repeated"
                    );
                }
            }
            Event::Reply(Reply::Snapshot { prices, .. }) => {
                ticks.push(prices.tick);
                replayed.insert(prices.tick, prices.prices.clone());
            }
            other => panic!("{other:?}"),
        }
    }
    Some((replay, ticks, replayed))
}

/// The ticks after `since` that match, of users that had a price by then.
fn expected(since: Tick, outcome: &Outcome, every: u32) -> Vec<Tick> {
    let first = outcome
        .users
        .iter()
        .map(|user| model().shareholder(*user).first_published_tick());
    let first = first.min().unwrap().max(since.next());
    (first.get()..=outcome.last.get())
        .filter(|tick| tick.is_multiple_of(u64::from(every)))
        .map(Tick)
        .collect()
}

fn assert_prices(outcome: &Outcome, replayed: &Replayed) {
    for (tick, prices) in replayed {
        let published: Vec<_> = outcome
            .users
            .iter()
            .map(|user| model().shareholder(*user))
            .filter(|shareholder| *tick >= shareholder.first_published_tick())
            .map(|shareholder| (shareholder.user_id(), shareholder.price_at(*tick)))
            .collect();
        assert_eq!(*prices, published, "{tick}");
    }
}

#[test]
fn whatever_the_instant_no_tick_is_missed_or_repeated() {
    for offset_ms in 0..Tick::PERIOD_MS {
        let world = Faults {
            store_ms: 60,
            live_ms: 60,
            send_ms: 40,
            ..Faults::default()
        };
        let outcome = run(&Case {
            offset_ms,
            world,
            ..Case::default()
        });
        let (replay, ticks, replayed) = joined(&outcome).expect("acknowledged");
        assert!(replay.unwrap().complete);
        assert_eq!(
            ticks,
            expected(START.minus(3), &outcome, 1),
            "offset {offset_ms}"
        );
        assert_prices(&outcome, &replayed);
    }
}

#[test]
fn a_snapshot_is_the_tick_before_the_first_live_one() {
    for offset_ms in (0..Tick::PERIOD_MS)
        .step_by(10)
        .chain([4_499, 4_501, 4_999])
    {
        let case = Case {
            offset_ms,
            since_ago: None,
            ..Case::default()
        };
        let outcome = run(&case);
        let (replay, ticks, replayed) = joined(&outcome).expect("acknowledged");
        assert_eq!(replay, None);
        assert_eq!(replayed.len(), 1);
        assert_eq!(
            ticks,
            expected(ticks[0].previous(), &outcome, 1),
            "offset {offset_ms}"
        );
        assert_prices(&outcome, &replayed);
        let late = u64::from(offset_ms > 4_500);
        assert_eq!(ticks[0], START.plus(late), "offset {offset_ms}");
    }
}

fn watches() -> impl Strategy<Value = Watch> {
    prop_oneof![
        Just(Watch::Me),
        Just(Watch::Users(Vec::new())),
        Just(Watch::Everyone)
    ]
}

/// Storing, going live and sending take no longer than this.
fn cases(longest_ms: [u64; 3]) -> impl Strategy<Value = Case> {
    let [longest_store_ms, longest_live_ms, longest_send_ms] = longest_ms;
    (
        0..Tick::PERIOD_MS,
        0_u64..300,
        1_u32..=12,
        watches(),
        0_u64..20,
        0_u64..400,
        (
            0..=longest_store_ms,
            0..=longest_live_ms,
            0..=longest_send_ms,
        ),
    )
        .prop_map(
            |(
                offset_ms,
                ago,
                every,
                watch,
                newcomer_ago,
                lateness_ms,
                (store_ms, live_ms, send_ms),
            )| Case {
                offset_ms: offset_ms.max(20),
                since_ago: Some(ago),
                every,
                watch,
                newcomer_ago,
                lateness_ms,
                world: Faults {
                    store_ms,
                    live_ms,
                    send_ms,
                    ..Faults::default()
                },
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// As long as storing and sending keep to the lead that a subscription gets.
    #[test]
    fn a_replay_and_the_live_ticks_are_every_tick_once_ascending(case in cases([300, 300, 90])) {
        let outcome = run(&case);
        let (replay, ticks, replayed) = joined(&outcome).expect("acknowledged");
        prop_assert!(replay.unwrap().complete);
        let since = START.minus(case.since_ago.unwrap());
        prop_assert_eq!(ticks, expected(since, &outcome, case.every));
        assert_prices(&outcome, &replayed);
    }

    /// However slow the store is: either all of it, or an error and nothing that stays. Nothing ever comes before the
    /// acknowledgement.
    #[test]
    fn a_subscription_that_goes_live_late_is_still_exact_or_refused(case in cases([9_000, 20_000, 90])) {
        let outcome = run(&case);
        match joined(&outcome) {
            Some((_, ticks, replayed)) => {
                let since = START.minus(case.since_ago.unwrap());
                prop_assert_eq!(ticks, expected(since, &outcome, case.every));
                assert_prices(&outcome, &replayed);
            }
            None => {
                let (last, before) = outcome.events.split_last().unwrap();
                let Event::Reply(Reply::Error(refused)) = last else {
                    panic!("{last:?}")
                };
                prop_assert_eq!(&refused.reason, &Refusal::Unavailable);
                let live = before.get(1..).unwrap_or_default();
                prop_assert!(live.iter().all(|event| matches!(event, Event::Live(_))), "{:?}", before);
                prop_assert_eq!(outcome.remaining, 0);
            }
        }
    }
}

#[test]
fn a_long_replay_is_cut_to_the_newest_ticks_and_says_so() {
    let outcome = run(&Case {
        since_ago: Some(20_000),
        ..Case::default()
    });
    let (replay, ticks, _) = joined(&outcome).expect("acknowledged");
    let replay = replay.unwrap();
    assert!(!replay.complete);
    assert_eq!(ticks, expected(replay.from.previous(), &outcome, 1));
    let replayed = ticks.iter().filter(|tick| **tick <= replay.to).count();
    assert_eq!(replayed, 17_280);
}

#[test]
fn a_replay_without_a_matching_tick_is_only_acknowledged() {
    // No tick from START - 2 to START + 1 is divided by 720.
    assert_eq!(START.get() % 720, 0);
    let case = Case {
        offset_ms: 4_900,
        since_ago: Some(0),
        every: 720,
        ..Case::default()
    };
    let outcome = run(&case);
    let [
        Event::Reply(Reply::Subscribed {
            replay: Some(replay),
            ..
        }),
    ] = outcome.events[..]
    else {
        panic!("{:?}", outcome.events);
    };
    assert_eq!((replay.from, replay.to), (START.next(), START.next()));
    assert!(replay.complete);
}

/// How a subscription with a store as slow as this begins, whether it is stored slowly or goes live slowly.
async fn begins(faults: Faults) -> Vec<Event> {
    let (stage, session) = Stage::new(4_000, faults);
    let fan_out = tokio::spawn(Stage::fan_out(stage.feed.clone(), START.plus(4), 0));
    let request = subscribe(Watch::Me, None, 1);
    stage.receive(&session, Ok(request)).await;
    fan_out.await.unwrap();
    stage.events()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stalls_lets_no_live_price_overtake_the_acknowledgement() {
    let events = begins(Faults {
        store_ms: 3_000,
        ..Faults::default()
    })
    .await;
    let [
        Event::Reply(Reply::Subscribed { live_from, .. }),
        Event::Reply(Reply::Snapshot { .. }),
        live @ ..,
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    let live_ticks = (live_from.get()..=START.get() + 4).map(|tick| Event::Live(Tick(tick)));
    assert_eq!(live, live_ticks.collect::<Vec<_>>());

    // As soon as it may be live it is acknowledged. What it then misses is not known, so it is taken back.
    let events = begins(Faults {
        live_ms: 9_000,
        ..Faults::default()
    })
    .await;
    let [
        Event::Reply(Reply::Subscribed { .. }),
        Event::Live(_),
        Event::Reply(Reply::Error(_)),
    ] = events[..]
    else {
        panic!("{events:?}")
    };
}

/// Prices are known before their time, and must not be shown then.
#[tokio::test(start_paused = true)]
async fn no_tick_is_sent_before_it_begins() {
    let (stage, session) = Stage::new(4_900, Faults::default());
    let began_ms = stage.now_ms();
    for since in [None, Some(START.minus(2))] {
        stage.feed.known().subscriptions.clear();
        let request = subscribe(Watch::Me, since, 1);
        stage.receive(&session, Ok(request)).await.unwrap();
        let sent = stage.replies().pop().unwrap();
        let (Reply::Snapshot { .. } | Reply::Replayed { more: false, .. }) = sent else {
            panic!("{sent:?}");
        };
        let Some(Reply::Subscribed { live_from, .. }) = stage
            .replies()
            .into_iter()
            .rfind(|reply| matches!(reply, Reply::Subscribed { .. }))
        else {
            panic!("no acknowledgement");
        };
        assert!(stage.now_ms() >= live_from.previous().starts_at_ms());
    }
    assert!(stage.now_ms() >= began_ms + 100);
}
