//! No sequence of cuts loses a price for a client that resumes as the documentation says: over the raw feed and over
//! GraphQL, with several consumers of the price topic that know nothing of each other, lag, and deliver batches twice.
#![allow(clippy::unwrap_used, reason = "tests")]

mod client;
mod world;

use proptest::prelude::*;

use client::Client;
use world::{Case, Dialect, Watched, World};

/// How many ticks go by while clients are cut off.
const TICKS: u64 = 12;
/// And how many after the last cut, undisturbed.
const CALM_TICKS: u64 = 5;

fn cases() -> impl Strategy<Value = Case> {
    let watched = prop_oneof![
        4 => (1..30_usize).prop_map(Watched::Some),
        3 => (1..30_usize).prop_map(Watched::All),
        1 => (600..1_300_usize).prop_map(Watched::All),
    ];
    let dialect = prop_oneof![Just(Dialect::Raw), Just(Dialect::Graphql)];
    (
        watched,
        dialect,
        1..9_u32,
        any::<u64>(),
        prop_oneof![3 => Just(1), 1 => Just(2_u32)],
    )
        .prop_map(|(watched, dialect, partitions, seed, every)| Case {
            watched,
            dialect,
            partitions,
            seed,
            every,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_cuts_loses_a_price(case in cases()) {
        let (lost, behind) = run(&case);
        prop_assert!(lost.is_empty(), "{} prices were lost, among them {:?}", lost.len(), &lost[..lost.len().min(3)]);
        prop_assert!(behind <= 2 + u64::from(case.every), "a client would have to resume from {behind} ticks ago");
    }
}

/// Returns the prices that the client lost, and how many ticks ago it would have to resume at the end.
fn run(case: &Case) -> (Vec<(u64, String)>, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let world = World::start(case.clone()).await;
        let platform = tokio::task::spawn_local(world.clone().run(TICKS, CALM_TICKS));
        let mut client = Client::new(&world);
        while world.ticks_left() > CALM_TICKS {
            client.connect().await;
            client.listen_and_lose().await;
        }
        client.connect().await;
        platform.await.unwrap();
        client.listen();
        client.verdict()
    })
}
