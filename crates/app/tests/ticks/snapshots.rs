use std::time::Duration;

use app::snapshots::Snapshots as _;
use domain::{Snapshot, SnapshotId, UserId};
use feed::Clock as _;
use test_kit::Record;

use super::world::{World, deadline};

impl World {
    /// A user asks for a snapshot now.
    async fn ask(&self, user_id: UserId, number: u8) -> Snapshot {
        let id = SnapshotId::generate(self.clock.now_ms(), &[number; 10]);
        let price = Self::model().shareholder(user_id).price_at(id.tick());
        let asked = Snapshot { id, user_id, price };
        let snapshots = self.database.snapshots();
        snapshots.reserve_snapshot(&asked, None).await.unwrap()
    }

    /// Snapshots that were published, with when.
    fn snapshots(&self) -> Vec<(u64, Snapshot)> {
        let snapshot = |(at, record)| match record {
            Record::Snapshot(snapshot) => Some((at, snapshot)),
            _ => None,
        };
        self.published().into_iter().filter_map(snapshot).collect()
    }

    async fn waiting(&self) -> Vec<Snapshot> {
        let waiting = self.database.snapshots().snapshot_outbox(1_000).await;
        waiting.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_published_within_a_second_and_once_however_the_index_lags() {
    let world = World::start().await;
    let user_id = world.shareholder(60_000, 1).await;
    // It shows the user's new snapshot at once, and for three seconds after it was taken off.
    let pk = format!("user#{user_id}");
    let mut changes = 0;
    world.database.lag("outbox", move |change| {
        changes += usize::from(change.pk == pk);
        Duration::from_secs(if changes > 1 { 3 } else { 0 })
    });
    let driver = world.driver();
    let asking = async {
        world.at(6_100).await;
        world.ask(user_id, 1).await
    };
    let (_, asked) = tokio::join!(driver.run("a", deadline(31_000)), asking);

    let [(at, published)] = world.snapshots()[..] else {
        panic!("{:?}", world.snapshots());
    };
    assert_eq!(published, asked);
    assert!(at < 7_100, "{at}");
    assert_eq!(world.waiting().await, []);
    let requests = world.database.requests().into_iter();
    let cleared =
        requests.filter(|request| request.is("UpdateItem", ":forgotten REMOVE outbox_shard"));
    assert_eq!(cleared.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_kafka_delays_snapshots_and_loses_none() {
    let world = World::start().await;
    let user_id = world.shareholder(60_000, 1).await;
    world.kafka_is_down(5_500..20_500);
    let driver = world.driver();
    let asking = async {
        let mut asked = Vec::new();
        for number in 1..=3 {
            world.at(6_000 + u64::from(number) * 1_000).await;
            asked.push(world.ask(user_id, number).await);
        }
        asked
    };
    let (_, asked) = tokio::join!(driver.run("a", deadline(41_000)), asking);

    let published = world.snapshots();
    assert!(
        published.iter().all(|(at, _)| *at >= 20_500),
        "{published:?}"
    );
    let mut published: Vec<_> = published
        .into_iter()
        .map(|(_, snapshot)| snapshot)
        .collect();
    published.sort_unstable_by_key(|snapshot| snapshot.id);
    published.dedup();
    assert_eq!(published, asked);
    assert_eq!(world.waiting().await, []);
}

#[tokio::test(start_paused = true)]
async fn snapshots_asked_for_while_nobody_drives_are_published_by_the_next_run() {
    let world = World::start().await;
    let user_id = world.shareholder(60_000, 1).await;
    let asked = world.ask(user_id, 1).await;
    world.at(600_000).await;
    world.driver().run("a", deadline(616_000)).await.unwrap();
    let published = world.snapshots();
    assert_eq!(published.len(), 1, "{published:?}");
    assert_eq!(published[0].1, asked);
}

#[tokio::test(start_paused = true)]
async fn more_snapshots_than_are_read_at_a_time_follow_each_other_without_a_pause() {
    let world = World::start().await;
    let user_id = world.shareholder(60_000, 1).await;
    for number in 0..1_200_u16 {
        let [high, low] = number.to_be_bytes();
        let mut random = [0; 10];
        (random[8], random[9]) = (high, low);
        let id = SnapshotId::generate(world.clock.now_ms(), &random);
        let price = World::model().shareholder(user_id).price_at(id.tick());
        let asked = Snapshot { id, user_id, price };
        let snapshots = world.database.snapshots();
        snapshots.reserve_snapshot(&asked, None).await.unwrap();
    }
    world.driver().run("a", deadline(21_000)).await.unwrap();
    let published = world.snapshots();
    assert_eq!(published.len(), 1_200);
    let (first, last) = (published[0].0, published[1_199].0);
    assert!(last - first < 400, "{first} to {last}");
    assert_eq!(world.waiting().await, []);
}
