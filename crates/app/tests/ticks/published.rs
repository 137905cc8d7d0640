//! What is kept of the ticks that are published: clients resume from it.

use std::collections::{BTreeMap, BTreeSet};

use domain::Tick;
use feed::{PublishedTick, TrackDelivery as _};
use test_kit::{Reaction, Record, price_partition};

use super::world::{T0, World, deadline};

/// The ticks that are kept as complete, oldest first.
async fn kept(world: &World) -> Vec<PublishedTick> {
    let mut published = world.feed.store.progress().await.unwrap().published;
    published.retain(|published| published.is_complete);
    published.sort_by_key(|published| published.tick);
    published
}

fn numbers(kept: &[PublishedTick]) -> Vec<u64> {
    kept.iter()
        .map(|published| published.tick.0 - T0.0)
        .collect()
}

/// Says that every record of a tick or an older one lies before the ends that are kept with it, whenever it was published.
fn assert_complete(world: &World, kept: &[PublishedTick]) {
    let mut offsets: BTreeMap<i32, i64> = BTreeMap::new();
    for (at, record) in world.published() {
        let Record::Price(update) = record else {
            continue;
        };
        let partition = price_partition(update.user_id);
        let offset = offsets.entry(partition).or_default();
        for published in kept
            .iter()
            .filter(|published| published.tick >= update.tick)
        {
            let end = published.ends.iter().find(|end| end.partition == partition);
            let end = end.map_or(0, |end| end.next_offset);
            assert!(
                *offset < end,
                "{update:?}, published at {at}, is not in {published:?}"
            );
        }
        *offset += 1;
    }
}

#[tokio::test(start_paused = true)]
async fn a_tick_is_kept_once_all_who_registered_before_it_are_in_it() {
    let world = World::start().await;
    for number in 1..6 {
        world.shareholder(60_000, number).await;
    }
    let driver = world.driver();
    let registering = async {
        // Too late for their first tick, which is published when they are announced.
        for (at, number) in [(9_999, 6), (14_998, 7), (19_997, 8)] {
            world.at(at).await;
            world.register(number).await;
        }
    };
    let (_, ()) = tokio::join!(driver.run("a", deadline(46_000)), registering);
    let kept = kept(&world).await;
    // The run ends before it would have kept the last one.
    assert_eq!(numbers(&kept), [1, 2, 3, 4, 5, 6]);
    assert_complete(&world, &kept);
}

#[tokio::test(start_paused = true)]
async fn a_tick_is_not_kept_while_newcomers_can_not_be_heard_of() {
    let world = World::start().await;
    world.shareholder(60_000, 1).await;
    let driver = world.driver();
    let clock = std::sync::Arc::clone(&world.clock);
    world.database.react(move |request| {
        let is_outbox = request.is("Scan", "outbox");
        let out_of_order = deadline(11_000)..deadline(22_500);
        match is_outbox && out_of_order.contains(&feed::Clock::now_ms(&*clock)) {
            true => Reaction::Fail,
            false => Reaction::Answer,
        }
    });
    let registering = async {
        world.at(9_999).await;
        world.register(2).await;
        world.at(12_000).await;
        world.register(3).await;
    };
    let (_, ()) = tokio::join!(driver.run("a", deadline(41_000)), registering);
    let kept = kept(&world).await;
    assert_eq!(numbers(&kept), [1, 4, 5]);
    assert_complete(&world, &kept);
}

#[tokio::test(start_paused = true)]
async fn who_takes_over_knows_where_all_partitions_end() {
    let world = World::start().await;
    let mut users = Vec::new();
    for number in 1..20 {
        users.push(world.shareholder(60_000, number).await);
    }
    let partitions: BTreeSet<i32> = users.iter().copied().map(price_partition).collect();
    assert_eq!(partitions.len(), 4);
    world.driver().run("a", deadline(31_000)).await.unwrap();
    let before = kept(&world).await.pop().unwrap();
    // A new process finds one user left.
    for user_id in &users[1..] {
        world.delete(*user_id).await;
    }
    world.at(60_000).await;
    world.driver().run("b", deadline(91_000)).await.unwrap();
    let kept = kept(&world).await;
    let after = kept.last().unwrap();
    assert!(after.tick > Tick(before.tick.0 + 5));
    assert_eq!(after.ends.len(), 4);
    assert_eq!(
        after
            .ends
            .iter()
            .filter(|end| end.tick == after.tick)
            .count(),
        1
    );
    assert_complete(&world, std::slice::from_ref(after));
}
