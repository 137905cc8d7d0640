use app::snapshots::{IdempotencyKey, Snapshots, Stored};
use app::users::EraseUser as _;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, ReturnConsumedCapacity, WriteRequest};
use domain::SavedSnapshot;
use domain::{Price, Snapshot, SnapshotId, Statistics, UserId};
use dynamodb::write;

use test_kit::{TestDatabase, dump};

use super::*;

const TABLE: &str = "SnapshotsTable";
const NOW_MS: u64 = 1_767_225_600_000;
const DAY_MS: u64 = 24 * 3_600_000;

async fn store() -> DynamoSnapshots {
    DynamoSnapshots::new(TestDatabase::start().await.client, TABLE)
}

fn user(number: u8) -> UserId {
    UserId::generate(NOW_MS - 60_000, &[number; 10])
}

fn snapshot(number: u8, at_ms: u64) -> Snapshot {
    Snapshot {
        id: SnapshotId::generate(at_ms, &[number; 10]),
        user_id: user(1),
        price: Price::from_cents(10_000 + u64::from(number)).unwrap(),
    }
}

fn saved(snapshot: Snapshot) -> SavedSnapshot {
    SavedSnapshot {
        snapshot,
        saved_at_ms: NOW_MS + 700,
    }
}

impl DynamoSnapshots {
    async fn save(&self, snapshot: Snapshot) -> Stored {
        let seen = Snapshots::statistics(self, snapshot.user_id).await.unwrap();
        let new = seen.map_or(Statistics::of_first(snapshot), |seen| seen.with(snapshot));
        self.store_snapshot(&saved(snapshot), seen.as_ref(), &new)
            .await
            .unwrap()
    }

    async fn sort_keys(&self) -> Vec<String> {
        let scan = self
            .table
            .client()
            .scan()
            .table_name(TABLE)
            .send()
            .await
            .unwrap();
        let sk = |item: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>| {
            item["sk"].as_s().unwrap().clone()
        };
        let mut keys: Vec<String> = scan.items().iter().map(sk).collect();
        keys.sort();
        keys
    }
}

#[tokio::test]
async fn a_snapshot_is_pending_until_it_is_saved_and_nobody_elses() {
    let store = store().await;
    let asked = snapshot(1, NOW_MS);
    assert_eq!(store.find_snapshot(user(1), asked.id).await.unwrap(), None);
    assert_eq!(store.reserve_snapshot(&asked, None).await.unwrap(), asked);
    let found = store.find_snapshot(user(1), asked.id).await.unwrap();
    let found = found.unwrap();
    assert_eq!((found.snapshot, found.saved_at_ms), (asked, None));

    assert_eq!(store.save(asked).await, Stored::Done);
    let found = store.find_snapshot(user(1), asked.id).await.unwrap();
    let found = found.unwrap();
    assert_eq!(
        (found.snapshot, found.saved_at_ms),
        (asked, Some(NOW_MS + 700))
    );
    assert_eq!(store.find_snapshot(user(2), asked.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_key_stands_for_one_snapshot_for_a_day() {
    let store = store().await;
    let key = IdempotencyKey::parse("mine").unwrap();
    let first = snapshot(1, NOW_MS);
    let reserve = async |snapshot| store.reserve_snapshot(&snapshot, Some(&key)).await.unwrap();
    assert_eq!(reserve(first).await, first);
    assert_eq!(reserve(snapshot(2, NOW_MS + DAY_MS - 1000)).await, first);
    let later = snapshot(3, NOW_MS + DAY_MS);
    assert_eq!(reserve(later).await, later);

    let somebody = Snapshot {
        user_id: user(2),
        ..snapshot(4, NOW_MS)
    };
    assert_eq!(reserve(somebody).await, somebody);
    // What was not reserved left nothing behind.
    let lost = store.find_snapshot(user(1), snapshot(2, NOW_MS).id).await;
    assert_eq!(lost.unwrap(), None);
}

#[tokio::test]
async fn the_outbox_shows_what_was_asked_for_until_it_is_cleared() {
    let store = store().await;
    let key = IdempotencyKey::parse("mine").unwrap();
    let (first, second) = (snapshot(1, NOW_MS), snapshot(2, NOW_MS + 1));
    store.reserve_snapshot(&first, None).await.unwrap();
    store.reserve_snapshot(&second, Some(&key)).await.unwrap();
    let again = snapshot(3, NOW_MS);
    let again = store.reserve_snapshot(&again, Some(&key)).await;
    assert_eq!(again.unwrap(), second);
    let outbox = async || {
        let mut outbox = store.snapshot_outbox(10).await.unwrap();
        outbox.sort_unstable_by_key(|snapshot| snapshot.id);
        outbox
    };
    assert_eq!(outbox().await, [first, second]);
    assert_eq!(store.snapshot_outbox(1).await.unwrap().len(), 1);

    store.clear_snapshot_outbox(&[first]).await.unwrap();
    store.clear_snapshot_outbox(&[first]).await.unwrap();
    assert_eq!(outbox().await, [second]);
    // It is pending still, and forgotten only in time.
    let found = store.find_snapshot(user(1), first.id).await.unwrap();
    assert_eq!(found.unwrap().saved_at_ms, None);
    let item = store.table.get(items::key(user(1), pending_sk(first.id)));
    let item = item.await.unwrap().unwrap();
    let week_later = (NOW_MS + 7 * DAY_MS) / 1000;
    assert_eq!(item["expires_at"].as_n().unwrap(), &week_later.to_string());
    let item = store.table.get(items::key(user(1), pending_sk(second.id)));
    assert!(!item.await.unwrap().unwrap().contains_key("expires_at"));
}

#[tokio::test]
async fn an_outbox_item_that_cannot_be_read_keeps_nothing_waiting() {
    let store = store().await;
    let asked = snapshot(1, NOW_MS);
    store.reserve_snapshot(&asked, None).await.unwrap();
    let mut broken = items::key(user(1), "pend#what");
    broken.insert("outbox_shard".to_owned(), dynamodb::number(0));
    store.table.put(broken).await.unwrap();
    assert_eq!(store.snapshot_outbox(10).await.unwrap(), [asked]);
}

#[tokio::test]
async fn clearing_the_outbox_brings_nothing_back_that_was_erased() {
    let store = store().await;
    let asked = snapshot(1, NOW_MS);
    store.reserve_snapshot(&asked, None).await.unwrap();
    store.erase_user(user(1)).await.unwrap();
    store.clear_snapshot_outbox(&[asked]).await.unwrap();
    assert_eq!(store.sort_keys().await, [""; 0]);
}

#[tokio::test]
async fn of_two_requests_at_once_under_a_key_one_is_reserved() {
    let store = store().await;
    let key = IdempotencyKey::parse("mine").unwrap();
    let (one, two) = (snapshot(1, NOW_MS), snapshot(2, NOW_MS));
    let (left, right) = tokio::join!(
        store.reserve_snapshot(&one, Some(&key)),
        store.reserve_snapshot(&two, Some(&key))
    );
    assert_eq!(left.unwrap(), right.unwrap());
    assert_eq!(store.sort_keys().await.len(), 2);
}

#[tokio::test]
async fn a_snapshot_is_stored_once() {
    let store = store().await;
    assert_eq!(store.save(snapshot(1, NOW_MS)).await, Stored::Done);
    assert_eq!(store.save(snapshot(2, NOW_MS + 5000)).await, Stored::Done);
    let before = Snapshots::statistics(&store, user(1)).await.unwrap();
    let again = store.save(snapshot(1, NOW_MS)).await;
    assert_eq!(again, Stored::Already(NOW_MS + 700));
    let after = Snapshots::statistics(&store, user(1)).await.unwrap();
    assert_eq!((before, after.unwrap().count), (after, 2));
    let keys = store.sort_keys().await;
    assert_eq!(keys.len(), 3);
    assert!(keys[0].starts_with("snap#000353445120#"), "{keys:?}");
    assert!(keys[1].starts_with("snap#000353445121#"), "{keys:?}");
}

#[tokio::test]
async fn statistics_are_read_as_they_were_written() {
    let store = store().await;
    let mut expected: Option<Statistics> = None;
    for (number, cents) in [(1, 10_000), (2, 1), (3, Price::MAX.cents()), (4, 1), (5, 7)] {
        let next = Snapshot {
            price: Price::from_cents(cents).unwrap(),
            ..snapshot(number, NOW_MS + u64::from(number))
        };
        expected = Some(expected.map_or(Statistics::of_first(next), |all| all.with(next)));
        assert_eq!(store.save(next).await, Stored::Done);
        let read = Snapshots::statistics(&store, user(1)).await.unwrap();
        assert_eq!(read, expected);
    }
}

#[tokio::test]
async fn statistics_that_have_changed_are_not_overwritten() {
    let store = store().await;
    let (first, second, third) = (
        snapshot(1, NOW_MS),
        snapshot(2, NOW_MS + 1),
        snapshot(3, NOW_MS + 2),
    );
    store.save(first).await;
    let seen = Snapshots::statistics(&store, user(1))
        .await
        .unwrap()
        .unwrap();
    store.save(second).await;
    for seen in [None, Some(&seen)] {
        let new = Statistics::of_first(third);
        let stored = store.store_snapshot(&saved(third), seen, &new).await;
        assert_eq!(stored.unwrap(), Stored::Overtaken);
    }
    assert_eq!(store.find_snapshot(user(1), third.id).await.unwrap(), None);
}

impl DynamoSnapshots {
    /// Stores saved snapshots without the statistics, 25 at once.
    async fn put_all(&self, snapshots: &[SavedSnapshot]) {
        for some in snapshots.chunks(25) {
            let puts = some.iter().map(|saved| {
                let put = PutRequest::builder().set_item(Some(write(&SavedItem::of(saved))));
                let put = put.build().unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let batch = self.table.client().batch_write_item();
            let batch = batch.request_items(TABLE, puts.collect());
            let output = batch.send().await.unwrap();
            assert!(
                output
                    .unprocessed_items()
                    .is_none_or(|left| left.is_empty())
            );
        }
    }
}

#[tokio::test]
async fn history_is_read_newest_first_without_what_else_there_is_of_the_user() {
    let store = store().await;
    // Two in one tick, stored out of order, between a pending request, a key and the statistics.
    let times = [NOW_MS + 1, NOW_MS, NOW_MS + 7000];
    let snapshots: Vec<Snapshot> = (1..).zip(times).map(|(n, at)| snapshot(n, at)).collect();
    for snapshot in &snapshots {
        let key = IdempotencyKey::parse("mine").unwrap();
        let reserved = store.reserve_snapshot(snapshot, Some(&key)).await;
        reserved.unwrap();
        assert_eq!(store.save(*snapshot).await, Stored::Done);
    }
    let [second, first, third] = [0, 1, 2].map(|index| saved(snapshots[index]));
    let page = async |before, at_most| store.saved_before(user(1), before, at_most).await.unwrap();
    assert_eq!(page(None, 10).await, [third, second, first]);
    assert_eq!(page(None, 2).await, [third, second]);
    assert_eq!(page(Some(second.snapshot.id), 2).await, [first]);
    assert_eq!(page(Some(first.snapshot.id), 2).await, []);
    // A snapshot that is gone, or never was, is a place as well.
    let never = SnapshotId::generate(NOW_MS + 6000, &[9; 10]);
    assert_eq!(page(Some(never), 1).await, [second]);
    assert_eq!(store.saved_before(user(2), None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn ten_thousand_snapshots_take_one_request_of_a_pages_size() {
    const SNAPSHOTS: u64 = 10_000;
    let store = store().await;
    let all: Vec<SavedSnapshot> = (0..SNAPSHOTS)
        .map(|number| saved(snapshot((number % 200) as u8, NOW_MS + 5000 * number)))
        .collect();
    store.put_all(&all).await;
    let mut before = None;
    for page in [0_u64, 1] {
        let read = store.saved_before(user(1), before, 101).await.unwrap();
        let newest = all.iter().rev().skip(page as usize * 101).take(101);
        assert_eq!(read, newest.copied().collect::<Vec<_>>());
        before = read.last().map(|last| last.snapshot.id);
    }
    // What DynamoDB says it read and would bill, of the very query.
    let query = store.page_query(user(1), before, 101);
    let output = query
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    assert_eq!(output.scanned_count(), 101);
    let units = output
        .consumed_capacity()
        .unwrap()
        .capacity_units()
        .unwrap();
    assert!(units <= 5.0, "{units} units of 4 KB");
}

#[tokio::test]
async fn of_an_erased_user_nothing_is_left_and_of_others_everything() {
    let store = store().await;
    let key = IdempotencyKey::parse("mine").unwrap();
    let theirs = Snapshot {
        user_id: user(2),
        ..snapshot(1, NOW_MS)
    };
    for (snapshot, key) in [
        (snapshot(1, NOW_MS), Some(&key)),
        (snapshot(2, NOW_MS + 5000), None),
        (theirs, Some(&key)),
    ] {
        let reserved = store.reserve_snapshot(&snapshot, key).await.unwrap();
        store.save(reserved).await;
    }
    assert_eq!(store.sort_keys().await.len(), 6 + 4);
    store.erase_user(user(1)).await.unwrap();
    let left = store.sort_keys().await;
    assert_eq!(left.len(), 4, "{left:?}");
    let found = store.find_snapshot(user(2), theirs.id).await.unwrap();
    assert!(found.is_some());

    store.erase_user(user(1)).await.unwrap();
    assert_eq!(store.sort_keys().await, left);
}

#[tokio::test]
async fn any_number_of_snapshots_is_erased() {
    let store = store().await;
    // A page ends at a megabyte; these are two, and 120 batches.
    let padding = AttributeValue::S("x".repeat(700));
    for batch in 0..120_u64 {
        let writes = (0..25_u64).map(|n| {
            let item = SavedItem::of(&saved(snapshot(1, NOW_MS + batch * 25 + n)));
            let put = PutRequest::builder()
                .set_item(Some(write(&item)))
                .item("padding", padding.clone());
            WriteRequest::builder()
                .put_request(put.build().unwrap())
                .build()
        });
        let write = store.table.client().batch_write_item();
        let write = write.request_items(TABLE, writes.collect());
        write.send().await.unwrap();
    }
    let first_page = store
        .table
        .client()
        .scan()
        .table_name(TABLE)
        .send()
        .await
        .unwrap();
    assert!(first_page.last_evaluated_key.is_some());
    store.erase_user(user(1)).await.unwrap();
    assert_eq!(store.sort_keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn items_are_stored_as_ever() {
    let store = store().await;
    let key = IdempotencyKey::parse("mine").unwrap();
    let first = snapshot(1, NOW_MS);
    store.reserve_snapshot(&first, Some(&key)).await.unwrap();
    assert_eq!(store.save(first).await, Stored::Done);
    let of_another = Snapshot {
        user_id: user(2),
        ..snapshot(2, NOW_MS + 1)
    };
    assert_eq!(store.save(of_another).await, Stored::Done);
    for (number, cents) in [(3, Price::MAX.cents()), (4, 1), (5, Price::MAX.cents())] {
        let next = Snapshot {
            price: Price::from_cents(cents).unwrap(),
            ..snapshot(number, NOW_MS + 5_000 * u64::from(number))
        };
        assert_eq!(store.save(next).await, Stored::Done);
    }
    insta::assert_snapshot!(dump(store.table.client(), TABLE).await);
}
