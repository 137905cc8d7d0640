use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use app::Result;
use app::users::*;
use async_trait::async_trait;
use domain::UserId;
use feed::Clock;
use test_kit::{TestTokens, outage, user_id};
use tokio::time::sleep;

const NOW: u64 = 1_767_225_600_000;
const MINUTE: u64 = 60_000;

/// Users, what else is kept of them in two places that are slow or broken, and what was recorded of deletions. Time is
/// Tokio's and paused, which a real database could not keep up with.
struct World {
    state: Mutex<State>,
    started: tokio::time::Instant,
}

#[derive(Default)]
struct State {
    users: Vec<UserId>,
    /// How many items each place keeps of each user.
    places: [BTreeMap<UserId, u32>; 2],
    /// What erasing one item takes.
    erasing_takes: Duration,
    /// Places that are out of order.
    broken: [bool; 2],
    deletions: Vec<Deletion>,
    finished: Vec<UserId>,
}

fn user(number: u8) -> UserId {
    user_id(NOW, number)
}

impl World {
    /// Users 1 and 2, of whom each place keeps three items.
    fn new() -> Arc<Self> {
        let world = Self {
            state: Mutex::default(),
            started: tokio::time::Instant::now(),
        };
        world.state().users = vec![user(1), user(2)];
        world.keep(user(1), 3);
        world.keep(user(2), 3);
        Arc::new(world)
    }

    fn keep(&self, user: UserId, items: u32) {
        for place in &mut self.state().places {
            place.insert(user, items);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn left_of(&self, user: UserId) -> [u32; 2] {
        let state = self.state();
        let left = |place: usize| state.places[place].get(&user).copied();
        [0, 1].map(|place| left(place).unwrap_or_default())
    }

    fn places(self: &Arc<Self>) -> Box<dyn EraseUser> {
        let place = |number| -> Box<dyn EraseUser> { Box::new(Place(Arc::clone(self), number)) };
        Box::new(EraseEverywhere(vec![place(0), place(1)]))
    }

    async fn delete_user(self: &Arc<Self>, user: UserId) -> Result<()> {
        let delete = DeleteUser {
            tokens: Box::new(TestTokens),
            deletions: Box::new(Accounts(Arc::clone(self))),
            places: self.places(),
        };
        let token = user.to_string();
        delete.delete(Some(&token), self.now_ms()).await
    }

    async fn erase_users(self: &Arc<Self>) -> ErasureReport {
        let erase = EraseUsers {
            clock: Arc::clone(self) as Arc<dyn Clock>,
            deletions: Box::new(Accounts(Arc::clone(self))),
            places: self.places(),
        };
        erase.run(self.now_ms() + 50_000).await.unwrap()
    }
}

#[async_trait]
impl Clock for World {
    fn now_ms(&self) -> u64 {
        NOW + u64::try_from(self.started.elapsed().as_millis()).unwrap()
    }

    async fn sleep_until(&self, _: u64) {
        unreachable!("nothing waits")
    }
}

/// Where accounts are deleted.
struct Accounts(Arc<World>);

#[async_trait]
impl Deletions for Accounts {
    async fn delete_account(&self, deletion: &Deletion) -> Result<bool> {
        let mut state = self.0.state();
        let users = state.users.len();
        state.users.retain(|id| *id != deletion.user_id);
        let existed = state.users.len() < users;
        if existed {
            state.deletions.push(*deletion);
        }
        Ok(existed)
    }

    async fn unfinished(&self) -> Result<Vec<Deletion>> {
        let state = self.0.state();
        let mut unfinished = state.deletions.clone();
        unfinished.retain(|deletion| !state.finished.contains(&deletion.user_id));
        Ok(unfinished)
    }

    async fn finish(&self, deletion: &Deletion) -> Result<()> {
        self.0.state().finished.push(deletion.user_id);
        Ok(())
    }
}

/// A place that erases one item after the other.
struct Place(Arc<World>, usize);

#[async_trait]
impl EraseUser for Place {
    async fn erase_user(&self, id: UserId) -> Result<()> {
        let Self(world, number) = self;
        if world.state().broken[*number] {
            return Err(outage());
        }
        while world.left_of(id)[*number] > 0 {
            let takes = world.state().erasing_takes;
            sleep(takes).await;
            if let Some(items) = world.state().places[*number].get_mut(&id) {
                *items -= 1;
            }
        }
        Ok(())
    }
}

fn report(finished: usize, waiting: usize, failed: usize) -> ErasureReport {
    ErasureReport {
        finished,
        waiting,
        failed,
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_one_place_keeps_neither_the_deletion_nor_the_other_place() {
    let world = World::new();
    world.state().broken = [true, false];
    world.delete_user(user(1)).await.unwrap();
    assert_eq!(world.left_of(user(1)), [3, 0]);

    sleep(Duration::from_millis(MINUTE)).await;
    assert_eq!(world.erase_users().await, report(0, 0, 1));
    world.state().broken = [false, false];
    assert_eq!(world.erase_users().await, report(1, 0, 0));
    assert_eq!(world.left_of(user(1)), [0, 0]);
    assert_eq!(world.erase_users().await, report(0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_the_erasure_of_a_user_of_whom_much_is_kept() {
    let world = World::new();
    world.keep(user(1), 1_000);
    world.state().erasing_takes = Duration::from_millis(100);
    let asked = tokio::time::Instant::now();
    world.delete_user(user(1)).await.unwrap();
    assert!(asked.elapsed() <= Duration::from_secs(5));
    assert!(world.left_of(user(1))[0] > 900);

    // Each run goes on where the one before had to end.
    sleep(Duration::from_millis(MINUTE)).await;
    for expected in [report(0, 1, 0), report(0, 1, 0), report(1, 0, 0)] {
        assert_eq!(world.erase_users().await, expected);
    }
    assert_eq!(world.left_of(user(1)), [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_it_erases_leaves_the_rest_to_the_next() {
    let world = World::new();
    world.state().erasing_takes = Duration::from_secs(1);
    let dies = tokio::time::timeout(Duration::from_millis(1_500), world.delete_user(user(1)));
    assert!(dies.await.is_err());
    assert_eq!(world.left_of(user(1)), [2, 2]);
    assert_eq!(world.state().users, [user(2)]);

    sleep(Duration::from_millis(MINUTE)).await;
    let dies = tokio::time::timeout(Duration::from_millis(1_500), world.erase_users());
    assert!(dies.await.is_err());
    assert_eq!(world.left_of(user(1)), [1, 1]);
    assert_eq!(world.erase_users().await, report(1, 0, 0));
    assert_eq!(world.left_of(user(1)), [0, 0]);
    assert_eq!(world.left_of(user(2)), [3, 3]);
}

#[tokio::test(start_paused = true)]
async fn what_is_written_late_is_erased_too() {
    let world = World::new();
    world.delete_user(user(1)).await.unwrap();
    // Somebody was at work who had found the user in existence.
    world.keep(user(1), 1);
    sleep(Duration::from_millis(MINUTE / 2)).await;
    assert_eq!(world.erase_users().await, report(0, 1, 0));
    assert_eq!(world.left_of(user(1)), [0, 0]);
    world.keep(user(1), 1);
    sleep(Duration::from_millis(MINUTE / 2)).await;
    assert_eq!(world.erase_users().await, report(1, 0, 0));
    assert_eq!(world.left_of(user(1)), [0, 0]);
}
