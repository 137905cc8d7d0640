//! A few users in memory, and how often they are read. Nothing else is stored.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use api::rest::test_users::ada;
use app::alerts::{Alerts, UserAlerts};
use app::analytics::ShowAnalytics;
use app::directory::{ListUsers, NamePlace, NamePrefix};
use app::market::ShowMarket;
use app::snapshots::{IdempotencyKey, SaveSnapshot, SnapshotStatus, Snapshots};
use app::users::{
    AccessToken, AttemptKey, Attempts, Authenticator, DeleteUser, Deletion, Deletions, EraseUser,
    Login, LoginAttempts, Network, NewUser, Profile, ProfileChange, RecordedAttempt, Tokens, Users,
};
use app::{Error, Result};
use async_trait::async_trait;
use domain::SavedSnapshot;
use domain::alert::{Alert, AlertId};
use domain::user::{Email, Name, Role};
use domain::{PriceModel, Snapshot, SnapshotId, Statistics, Tick, UserId};
use feed::session::FindUsers;
use serde_json::{Value, json};

use super::privacy::TestTokens;
use crate::{Caller, Request, Schema, UseCases};

pub(super) const NOW_MS: u64 = 1_767_225_600_000;

#[derive(Clone, Default)]
pub(super) struct World(Arc<State>);

#[derive(Default)]
struct State {
    profiles: Mutex<Vec<Profile>>,
    /// Reads of many profiles at once, and of one.
    reads: AtomicUsize,
    single_reads: AtomicUsize,
}

pub(super) fn user(number: u8) -> UserId {
    UserId::generate(NOW_MS - 60_000, &[number; 10])
}

impl World {
    /// A world of this many users.
    pub(super) fn of(users: u8) -> Self {
        let profile = |number| Profile {
            id: user(number),
            name: Name::parse(&format!("User {number}")).unwrap(),
            ..ada(NOW_MS)
        };
        let world = Self::default();
        *world.0.profiles.lock().unwrap() = (1..=users).map(profile).collect();
        world
    }

    /// How often many profiles were read at once, and how often one, since this was last asked.
    pub(super) fn reads(&self) -> (usize, usize) {
        let many = self.0.reads.swap(0, Ordering::Relaxed);
        (many, self.0.single_reads.swap(0, Ordering::Relaxed))
    }

    pub(super) fn schema(&self) -> Schema {
        let prices = PriceModel::new(&[7; 32]);
        let world = || Box::new(self.clone());
        let authenticator = || Authenticator {
            tokens: Box::new(TestTokens),
            users: Arc::new(self.clone()),
        };
        Schema::new(
            UseCases {
                authenticator: authenticator(),
                issuer: world(),
                users: Arc::new(self.clone()),
                attempts: world(),
                list: ListUsers {
                    users: Arc::new(self.clone()),
                },
                market: ShowMarket::new(Arc::new(self.clone()), prices, 100),
                delete: DeleteUser {
                    tokens: Box::new(TestTokens),
                    deletions: world(),
                    places: world(),
                },
                save: SaveSnapshot {
                    authenticator: authenticator(),
                    prices,
                    snapshots: Arc::new(self.clone()),
                    publisher: world(),
                },
                snapshots: Arc::new(self.clone()),
                analytics: ShowAnalytics {
                    authenticator: authenticator(),
                    snapshots: Arc::new(self.clone()),
                    prices,
                },
                alerts: UserAlerts {
                    tokens: Box::new(TestTokens),
                    users: Arc::new(self.clone()),
                    alerts: Arc::new(self.clone()),
                },
                prices,
                new_uuid: || *UserId::generate(NOW_MS, &[99; 10]).as_uuid(),
            },
            true,
        )
    }

    /// The response to a document, as it is written, sent by a user of this number.
    pub(super) async fn answer(&self, caller: Option<u8>, query: &str) -> String {
        let caller = Caller {
            token: caller.map(|number| user(number).to_string()),
            network: Network::of(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            now_ms: NOW_MS,
        };
        let schema = self.schema();
        let request = Request {
            query: query.to_owned(),
            ..Default::default()
        };
        let executed = match schema.prepare(request) {
            Ok(prepared) => schema.execute(prepared, caller).await,
            Err(rejected) => Err(rejected),
        };
        match executed {
            Ok(executed) => serde_json::to_string(&executed.body).unwrap(),
            Err(rejected) => rejected.body().to_string(),
        }
    }

    pub(super) async fn json(&self, caller: Option<u8>, query: &str) -> Value {
        serde_json::from_str(&self.answer(caller, query).await).unwrap()
    }

    /// The codes of a response's errors.
    pub(super) async fn codes(&self, caller: Option<u8>, query: &str) -> Value {
        let answer = self.json(caller, query).await;
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        json!(
            errors
                .iter()
                .map(|error| &error["extensions"]["code"])
                .collect::<Vec<_>>()
        )
    }

    fn find(&self, id: UserId) -> Option<Profile> {
        let profiles = self.0.profiles.lock().unwrap();
        profiles.iter().find(|profile| profile.id == id).cloned()
    }
}

#[async_trait]
impl Users for World {
    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        self.0.single_reads.fetch_add(1, Ordering::Relaxed);
        Ok(self.find(id))
    }

    async fn find_profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        Ok(ids.iter().filter_map(|id| self.find(*id)).collect())
    }

    async fn users_after(&self, after: Option<UserId>, at_most: u16) -> Result<Vec<UserId>> {
        let everybody = self.all_users(usize::MAX).await?.unwrap_or_default();
        let left = everybody
            .into_iter()
            .filter(|id| after.is_none_or(|after| *id > after));
        Ok(left.take(at_most.into()).collect())
    }

    async fn users_named(
        &self,
        prefix: &NamePrefix,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        let profiles = self.0.profiles.lock().unwrap();
        let place = |profile: &Profile| (NamePlace::of(&profile.name, profile.id), profile.id);
        let mut found: Vec<_> = profiles.iter().map(place).collect();
        found.retain(|(place, _)| {
            place.begins_with(prefix) && after.is_none_or(|after| place > after)
        });
        found.sort();
        found.truncate(at_most.into());
        Ok(found)
    }

    async fn create_user(&self, user: &NewUser) -> Result<()> {
        let mut profiles = self.0.profiles.lock().unwrap();
        if user.profile.email.as_str() == "taken@example.com" {
            return Err(Error::EmailTaken);
        }
        profiles.push(user.profile.clone());
        Ok(())
    }

    async fn change_profile(&self, _: UserId, _: &ProfileChange) -> Result<Option<Profile>> {
        Err(Error::Unavailable {
            what: "DynamoDB",
            source: "the secret address of the table".into(),
        })
    }

    async fn find_login(&self, _: &Email) -> Result<Option<Login>> {
        unreachable!("nobody is admitted")
    }
}

#[async_trait]
impl FindUsers for World {
    async fn unknown_users(&self, _: &[UserId]) -> feed::Result<Vec<UserId>> {
        unreachable!("nobody subscribes")
    }

    async fn all_users(&self, _: usize) -> feed::Result<Option<Vec<UserId>>> {
        let profiles = self.0.profiles.lock().unwrap();
        Ok(Some(profiles.iter().map(|profile| profile.id).collect()))
    }
}

#[async_trait]
impl Tokens for World {
    async fn issue(&self, _: UserId, _: Role, _: u64) -> Result<AccessToken> {
        unreachable!("nobody logs in")
    }
}

#[async_trait]
impl LoginAttempts for World {
    /// Somebody has failed ten times, just now.
    async fn attempts(&self, _: &AttemptKey) -> Result<Option<Attempts>> {
        Ok(Some(Attempts {
            failures: 10,
            window_ms: NOW_MS,
            last_ms: NOW_MS,
            known_until_ms: 0,
        }))
    }

    async fn record_attempts(&self, _: &[RecordedAttempt]) -> Result<bool> {
        unreachable!("nobody is admitted")
    }
}

#[async_trait]
impl Deletions for World {
    async fn delete_account(&self, _: &Deletion) -> Result<bool> {
        Ok(false)
    }

    async fn unfinished(&self) -> app::Result<Vec<app::users::Deletion>> {
        unreachable!("nobody asks")
    }

    async fn finish(&self, _: &app::users::Deletion) -> app::Result<()> {
        unreachable!("nobody asks")
    }
}

#[async_trait]
impl EraseUser for World {
    async fn erase_user(&self, _: UserId) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Snapshots for World {
    async fn reserve_snapshot(
        &self,
        snapshot: &Snapshot,
        _: Option<&IdempotencyKey>,
    ) -> Result<Snapshot> {
        Ok(*snapshot)
    }

    async fn find_snapshot(&self, _: UserId, _: SnapshotId) -> Result<Option<SnapshotStatus>> {
        Ok(None)
    }

    async fn statistics(&self, _: UserId) -> Result<Option<Statistics>> {
        Ok(None)
    }

    async fn saved_before(
        &self,
        _: UserId,
        _: Option<SnapshotId>,
        _: u16,
    ) -> Result<Vec<SavedSnapshot>> {
        Ok(Vec::new())
    }

    async fn store_snapshot(
        &self,
        _: &domain::SavedSnapshot,
        _: Option<&domain::Statistics>,
        _: &domain::Statistics,
    ) -> app::Result<app::snapshots::Stored> {
        unreachable!("nobody asks")
    }
}

#[async_trait]
impl app::Publish<Snapshot> for World {
    async fn publish(&self, _: &Snapshot) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Alerts for World {
    async fn add_alert(&self, _: &Alert) -> Result<bool> {
        Ok(false)
    }

    async fn alerts_of(&self, _: UserId) -> Result<Vec<Alert>> {
        Ok(Vec::new())
    }

    async fn find_alert(&self, _: UserId, _: AlertId) -> Result<Option<Alert>> {
        Ok(None)
    }

    async fn remove_alert(&self, _: UserId, _: AlertId) -> Result<bool> {
        Ok(false)
    }

    async fn arm_alert(&self, _: UserId, _: AlertId, _: Tick) -> Result<Option<Alert>> {
        Ok(None)
    }

    async fn alerts_in(&self, _: domain::Shard) -> app::Result<Vec<domain::alert::Alert>> {
        unreachable!("nobody asks")
    }

    async fn claim_alert(
        &self,
        _: &domain::alert::Alert,
        _: domain::alert::Crossed,
    ) -> app::Result<app::alerts::Claim> {
        unreachable!("nobody asks")
    }

    async fn settle_alert(
        &self,
        _: &domain::alert::Alert,
        _: domain::alert::Crossed,
        _: app::alerts::Settled,
    ) -> app::Result<bool> {
        unreachable!("nobody asks")
    }

    async fn renew_alerts(&self, _: &[domain::Shard]) -> app::Result<()> {
        unreachable!("nobody asks")
    }
}
