use std::sync::Arc;

use app::analytics::*;
use app::users::{CurrentUser, Users as _};
use app::{Error, FieldError, Result};
use domain::{Price, PriceModel, SavedSnapshot, Snapshot, SnapshotId, Tick, UserId};
use test_kit::{TestDatabase, admin_token, current_user, new_user, save_snapshots, user_id};

const REGISTERED_MS: u64 = 1_767_225_603_000;
const DAY_MS: u64 = 24 * 3_600_000;
const NOW_MS: u64 = REGISTERED_MS + 400 * DAY_MS;

/// Ada, the number 1, has snapshots; number 2 has none; nobody else exists.
struct World {
    database: TestDatabase,
    snapshots: Vec<SavedSnapshot>,
}

fn user(number: u8) -> UserId {
    user_id(REGISTERED_MS, number)
}

fn token(id: UserId) -> String {
    id.to_string()
}

fn model() -> PriceModel {
    PriceModel::new(&[7; 32])
}

impl World {
    async fn with_snapshots(count: u8) -> Self {
        let saved = |number: u8| SavedSnapshot {
            snapshot: Snapshot {
                id: SnapshotId::generate(NOW_MS + u64::from(number), &[0; 10]),
                user_id: user(1),
                price: Price::from_cents(10_000 + u64::from(number)).unwrap(),
            },
            saved_at_ms: NOW_MS + 1000,
        };
        let database = TestDatabase::start().await;
        for number in [1, 2] {
            let user = new_user(user(number));
            database.users().create_user(&user).await.unwrap();
        }
        let snapshots: Vec<_> = (0..count).map(saved).collect();
        save_snapshots(&database.snapshots(), &snapshots).await;
        assert!(!database.requests().is_empty());
        Self {
            database,
            snapshots,
        }
    }

    /// Authenticates somebody, whose reads are not counted.
    async fn current(&self, token: &str) -> CurrentUser {
        let current = current_user(self.database.users(), token).await.unwrap();
        assert!(!self.database.requests().is_empty());
        current
    }

    fn show(&self) -> ShowAnalytics {
        ShowAnalytics {
            users: Arc::new(self.database.users()),
            snapshots: Arc::new(self.database.snapshots()),
            prices: model(),
        }
    }

    async fn history(
        &self,
        token: &str,
        user: impl ToString,
        limit: u16,
        cursor: Option<Cursor>,
    ) -> Result<UserAnalytics> {
        let request = HistoryRequest {
            user: user.to_string(),
            cursor,
            limit: limit.to_string().parse().unwrap(),
        };
        let current = self.current(token).await;
        self.show().history(&current, &request).await
    }

    async fn prices(
        &self,
        from_ms: Option<u64>,
        to_ms: Option<u64>,
        points: u16,
    ) -> Result<UserPrices> {
        let request = PriceRequest {
            user: user(1).to_string(),
            from_ms,
            to_ms,
            thinning: Thinning::AtMost(points.to_string().parse().unwrap()),
        };
        let current = self.current(&token(user(1))).await;
        self.show().prices(&current, &request, NOW_MS).await
    }

    /// The prices of user 1 up to now, in buckets of so many ticks, as user 2 sees them.
    async fn prices_every(&self, from_ms: u64, ticks: i32) -> Result<UserPrices> {
        let request = PriceRequest {
            user: user(1).to_string(),
            from_ms: Some(from_ms),
            to_ms: None,
            thinning: Thinning::Every(ticks.try_into().unwrap()),
        };
        let current = self.current(&token(user(2))).await;
        self.show().prices(&current, &request, NOW_MS).await
    }
}

#[tokio::test]
async fn pages_follow_each_other_to_the_oldest_snapshot() {
    let world = World::with_snapshots(7).await;
    let ada = token(user(1));
    let mut seen = Vec::new();
    let mut cursor = None;
    for (page, expected) in [3, 3, 1].into_iter().enumerate() {
        let shown = world.history(&ada, user(1), 3, cursor).await.unwrap();
        assert_eq!(shown.statistics.unwrap().count, 7, "on every page");
        assert_eq!(shown.history.len(), expected);
        assert_eq!(shown.next.is_some(), page < 2);
        seen.extend(shown.history);
        cursor = shown.next;
    }
    seen.reverse();
    assert_eq!(seen, world.snapshots);
    let whole = world.history(&ada, user(1), 7, None).await.unwrap();
    assert_eq!(whole.next, None, "a full page may be the last one");
}

#[tokio::test]
async fn a_page_takes_two_reads() {
    let world = World::with_snapshots(200).await;
    let ada = token(user(1));
    world.history(&ada, user(1), 100, None).await.unwrap();
    assert_eq!(world.database.requests().len(), 2);
}

#[tokio::test]
async fn without_snapshots_there_are_no_statistics() {
    let world = World::with_snapshots(3).await;
    let token = token(user(2));
    let shown = world.history(&token, user(2), 10, None).await.unwrap();
    assert_eq!((shown.statistics, shown.next), (None, None));
    assert!(shown.history.is_empty());
}

#[tokio::test]
async fn only_admins_see_or_learn_of_others() {
    let world = World::with_snapshots(1).await;
    let (known, unknown) = (user(2).to_string(), user(3).to_string());
    for id in [&known, &unknown, "nonsense"] {
        let shown = world.history(&token(user(1)), id, 10, None).await;
        assert!(matches!(shown, Err(Error::Forbidden)), "{id}: {shown:?}");
    }
    assert_eq!(world.database.requests().len(), 0, "nothing is looked up");

    let admin = admin_token(user(2));
    let shown = world.history(&admin, user(1), 10, None).await.unwrap();
    assert_eq!(shown.user_id, user(1));
    for id in [&unknown, "nonsense"] {
        let shown = world.history(&admin, id, 10, None).await;
        assert!(matches!(shown, Err(Error::UserNotFound)), "{id}: {shown:?}");
    }
}

#[tokio::test]
async fn prices_of_whoever_exists_are_for_everybody() {
    let world = World::with_snapshots(1).await;
    let prices = async |id: &str| {
        let request = PriceRequest {
            user: id.to_owned(),
            from_ms: None,
            to_ms: None,
            thinning: Thinning::default(),
        };
        let current = world.current(&token(user(1))).await;
        world.show().prices(&current, &request, NOW_MS).await
    };
    let theirs = prices(&user(2).to_string()).await.unwrap();
    assert_eq!(theirs.user_id, user(2));
    for id in [&user(3).to_string(), "nonsense"] {
        let nobodys = prices(id).await;
        assert!(matches!(nobodys, Err(Error::UserNotFound)), "{nobodys:?}");
    }
}

#[tokio::test]
async fn buckets_of_a_given_length_begin_at_its_multiples_and_are_no_more_than_can_be_shown() {
    let world = World::with_snapshots(0).await;
    let hour = world.prices_every(NOW_MS - 3_600_000, 12).await.unwrap();
    assert_eq!(hour.series.ticks_per_bucket, 12);
    assert_eq!(hour.last_tick, Some(Tick::at_ms(NOW_MS)));
    assert_eq!(hour.series.buckets.len(), 61);
    for bucket in &hour.series.buckets {
        assert!(bucket.tick.get().is_multiple_of(12), "{bucket:?}");
    }

    let ticks = |count: u64| NOW_MS - count * 5_000;
    let most = world.prices_every(ticks(1_999), 1).await.unwrap();
    assert_eq!(most.series.buckets.len(), 2_000);
    let more = world.prices_every(ticks(2_000), 1).await;
    assert_eq!(refused_field(more), "ticksPerBucket");
    let early = world.prices_every(ticks(0) + 1, 1).await;
    assert_eq!(refused_field(early), "from");
    // A bucket may be longer than the period.
    let year = world.prices_every(REGISTERED_MS + 40 * DAY_MS, i32::MAX);
    assert_eq!(year.await.unwrap().series.buckets.len(), 1);
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_history_only() {
    let world = World::with_snapshots(3).await;
    let cursor = Cursor {
        user_id: user(2),
        after: world.snapshots[2].snapshot.id,
    };
    let ada = token(user(1));
    let shown = world.history(&ada, user(1), 3, Some(cursor)).await;
    assert_eq!(refused_field(shown), "cursor");
}

#[tokio::test]
async fn prices_are_those_of_the_model_at_every_tick() {
    let world = World::with_snapshots(0).await;
    let prices = world.prices(None, None, 2000).await.unwrap();
    let (first, last) = (Tick::at_ms(NOW_MS - 3_600_000), Tick::at_ms(NOW_MS));
    assert_eq!(prices.last_tick, Some(last));
    assert_eq!(prices.series.ticks_per_bucket, 1);
    let shareholder = model().shareholder(user(1));
    let buckets = prices.series.buckets;
    assert_eq!(buckets.len(), 721);
    for (bucket, tick) in buckets.iter().zip(first.get()..) {
        assert_eq!(bucket.tick, Tick(tick));
        assert_eq!(bucket.close, shareholder.price_at(Tick(tick)));
    }
}

#[tokio::test]
async fn a_period_is_cut_to_where_there_are_prices() {
    let world = World::with_snapshots(0).await;
    let (opening, current) = (Tick::at_ms(REGISTERED_MS), Tick::at_ms(NOW_MS));
    let early = world.prices(Some(0), Some(REGISTERED_MS + 60_000), 2000);
    let early = early.await.unwrap();
    assert_eq!(early.series.buckets[0].tick, opening);
    assert_eq!(early.last_tick, Some(opening.plus(12)));
    let late = world.prices(Some(NOW_MS - 60_000), Some(u64::MAX), 2000);
    let late = late.await.unwrap();
    assert_eq!(late.series.buckets[0].tick, current.minus(12));
    assert_eq!(late.last_tick, Some(current));
    for (from_ms, to_ms) in [(0, REGISTERED_MS - 5000), (NOW_MS + 5000, NOW_MS + 9000)] {
        let nothing = world.prices(Some(from_ms), Some(to_ms), 10).await.unwrap();
        assert_eq!(nothing.last_tick, None);
        assert!(nothing.series.buckets.is_empty());
    }
}

#[tokio::test]
async fn a_period_that_is_reversed_or_too_long_is_refused() {
    let world = World::with_snapshots(0).await;
    let year = world.prices(Some(NOW_MS - 366 * DAY_MS), None, 2000).await;
    assert!(year.unwrap().series.buckets.len() <= 2000);
    for (from_ms, to_ms) in [
        (Some(NOW_MS - 366 * DAY_MS - 5000), None),
        (Some(NOW_MS), Some(NOW_MS - 1)),
        (Some(NOW_MS + 5000), None),
    ] {
        let refused = world.prices(from_ms, to_ms, 10).await;
        assert_eq!(refused_field(refused), "from");
    }
}

#[test]
fn limits_are_whole_numbers_within_bounds() {
    assert!(
        ["1", "50", "100"]
            .iter()
            .all(|text| text.parse::<PageLimit>().is_ok())
    );
    assert!(
        ["1", "2000"]
            .iter()
            .all(|text| text.parse::<PointLimit>().is_ok())
    );
    for text in ["", "0", "-1", "1.5", "ten", "101", "99999999999"] {
        assert_eq!(text.parse::<PageLimit>(), Err(PageLimitError), "{text}");
    }
    assert_eq!("2001".parse::<PointLimit>(), Err(PointLimitError));
    assert!(
        [1, i32::MAX]
            .map(BucketLength::try_from)
            .iter()
            .all(Result::is_ok)
    );
    for ticks in [0, -1, i32::MIN] {
        assert_eq!(BucketLength::try_from(ticks), Err(BucketLengthError));
    }
}

fn refused_field<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid(errors)) => {
            let [FieldError { field, .. }] = &errors[..] else {
                panic!("{errors:?}")
            };
            field.clone()
        }
        other => panic!("{other:?}"),
    }
}
