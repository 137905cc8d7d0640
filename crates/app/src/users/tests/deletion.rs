use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::UserId;
use domain::user::{Email, Name};
use tokio::time::sleep;

use super::{NOW, prices};
use crate::users::*;
use crate::{Error, Result};
use feed::Clock;
use feed::{Authenticated, VerifyToken};

const MINUTE: u64 = 60_000;

/// Users, what else is kept of them in two places, and what was noted of deletions. Time is Tokio's.
struct World {
    state: Mutex<State>,
    started: tokio::time::Instant,
}

#[derive(Default)]
struct State {
    profiles: Vec<Profile>,
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
    UserId::generate(NOW, &[number; 10])
}

impl World {
    /// Users 1 and 2, of whom each place keeps three items.
    fn new() -> Arc<Self> {
        let profile = |number| Profile {
            id: user(number),
            name: Name::parse("Ada Lovelace").unwrap(),
            email: Email::parse(&format!("user{number}@example.com")).unwrap(),
            phone: None,
            preferences: Default::default(),
        };
        let world = Self {
            state: Mutex::default(),
            started: tokio::time::Instant::now(),
        };
        world.state().profiles = vec![profile(1), profile(2)];
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
        Box::new(Erasers(vec![place(0), place(1)]))
    }

    async fn delete(self: &Arc<Self>, token: Option<&str>) -> Result<()> {
        let delete = DeleteUser {
            tokens: Box::new(Arc::clone(self)),
            accounts: Box::new(Arc::clone(self)),
            places: self.places(),
        };
        delete.delete(token, self.now_ms()).await
    }

    async fn delete_user(self: &Arc<Self>, user: UserId) -> Result<()> {
        self.delete(Some(&user.to_string())).await
    }

    async fn erase_users(self: &Arc<Self>) -> ErasureReport {
        let erase = EraseUsers {
            clock: Arc::clone(self) as Arc<dyn Clock>,
            deletions: Box::new(Arc::clone(self)),
            places: self.places(),
        };
        erase.run(self.now_ms() + 50_000).await.unwrap()
    }

    async fn show(self: &Arc<Self>, user: UserId) -> Result<Me> {
        let token = user.to_string();
        show_me(self, self, &prices(), Some(&token), NOW).await
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

/// A token is the id of its user.
#[async_trait]
impl VerifyToken for World {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let user_id = UserId::parse(token).map_err(|_| feed::Error::Unauthenticated("no id"))?;
        Ok(Authenticated {
            user_id,
            expires_at: now_ms / 1000 + 3600,
            role: Default::default(),
        })
    }
}

#[async_trait]
impl FindProfile for Arc<World> {
    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        let profiles = &self.state().profiles;
        Ok(profiles.iter().find(|profile| profile.id == id).cloned())
    }
}

#[async_trait]
impl ChangeProfile for Arc<World> {
    async fn change_profile(&self, id: UserId, change: &ProfileChange) -> Result<Option<Profile>> {
        let profiles = &mut self.state().profiles;
        let profile = profiles.iter_mut().find(|profile| profile.id == id);
        Ok(profile.map(|profile| {
            profile.name = change.name.clone().unwrap_or_else(|| profile.name.clone());
            profile.clone()
        }))
    }
}

#[async_trait]
impl DeleteAccount for Arc<World> {
    async fn delete_account(&self, deletion: &Deletion) -> Result<bool> {
        let mut state = self.state();
        let users = state.profiles.len();
        state
            .profiles
            .retain(|profile| profile.id != deletion.user_id);
        let existed = state.profiles.len() < users;
        if existed {
            state.deletions.push(*deletion);
        }
        Ok(existed)
    }
}

#[async_trait]
impl RecallDeletions for Arc<World> {
    async fn unfinished(&self) -> Result<Vec<Deletion>> {
        let state = self.state();
        let mut unfinished = state.deletions.clone();
        unfinished.retain(|deletion| !state.finished.contains(&deletion.user_id));
        Ok(unfinished)
    }

    async fn finish(&self, deletion: &Deletion) -> Result<()> {
        self.state().finished.push(deletion.user_id);
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
            return Err(Error::Unavailable {
                what: "a place",
                source: "out of order".into(),
            });
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
async fn a_user_is_deleted_with_all_that_is_kept_and_nobody_else_is() {
    let world = World::new();
    world.delete_user(user(1)).await.unwrap();
    assert_eq!(world.left_of(user(1)), [0, 0]);
    assert_eq!(world.left_of(user(2)), [3, 3]);
    assert!(world.show(user(1)).await.is_err());
    assert!(world.show(user(2)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_is_gone_is_no_longer_known_by_their_token() {
    let world = World::new();
    let token = user(1).to_string();
    let existing = VerifyExisting {
        tokens: Box::new(Arc::clone(&world)),
        profiles: Box::new(Arc::clone(&world)),
    };
    let identity = existing.verify(&token, NOW).await.unwrap();
    assert_eq!(identity.user_id, user(1));

    world.delete_user(user(1)).await.unwrap();
    let change = ProfileChange::default();
    for error in [
        existing.verify(&token, NOW).await.unwrap_err().into(),
        world.delete_user(user(1)).await.unwrap_err(),
        change_me(&world, &world, &prices(), Some(&token), &change, NOW)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.to_string(), Error::USER_GONE.to_string());
    }
    assert_eq!(world.state().deletions.len(), 1);
}

#[tokio::test]
async fn without_a_token_nobody_is_deleted() {
    let world = World::new();
    for token in [None, Some("nonsense")] {
        let error = world.delete(token).await.unwrap_err();
        assert!(matches!(error, Error::Unauthenticated(_)), "{error:?}");
    }
    assert_eq!(world.state().deletions, []);
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
    assert!(world.show(user(1)).await.is_err());

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

#[tokio::test(start_paused = true)]
async fn who_changes_their_profile_sees_it_changed() {
    let world = World::new();
    let name = Name::parse("Ada King").unwrap();
    let change = ProfileChange {
        name: Some(name.clone()),
        ..Default::default()
    };
    let token = user(1).to_string();
    let me = change_me(&world, &world, &prices(), Some(&token), &change, NOW).await;
    let me = me.unwrap();
    assert_eq!(me.profile.name, name);
    assert_eq!(world.show(user(1)).await.unwrap(), me);
    assert_ne!(world.show(user(2)).await.unwrap().profile.name, name);
}
