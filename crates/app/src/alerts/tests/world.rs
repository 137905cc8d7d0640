use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::user::{Phone, Preferences};
use domain::{Price, PriceUpdate, Shard, Tick, UserId};

use super::super::*;
use crate::notifications::{Notification, NotificationError, Notifications};
use crate::users::fakes::{ProfilesBy, ada};
use crate::users::{EraseUser, Profile, Users};
use crate::{Error, Result};
use feed::fakes::{Behaviour, MemoryFeed};
use feed::{Authenticated, EventDispatcher, VerifyToken};

/// The tick at which tests begin.
pub const TICK: u64 = 353_445_121;
pub const NOW_MS: u64 = TICK * Tick::PERIOD_MS + 40;

/// How the notification service behaves.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Service {
    #[default]
    Accepts,
    IsDown,
    Limits(Duration),
    Refuses,
    Fails,
}

/// A store, users, their connections and the notification service, in memory. A token is the id of its user.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    pub alerts: BTreeMap<AlertId, Alert>,
    pub version: u64,
    pub reads: usize,
    pub claims: usize,
    pub departed: HashSet<UserId>,
    pub phone: Option<Phone>,
    pub preferences: Preferences,
    pub service: Service,
    /// How often the service was asked.
    pub asked: usize,
    /// The keys that it accepted, each once, as it sends each once.
    pub accepted: Vec<String>,
    pub feed: Arc<MemoryFeed>,
    /// The store fails at the next write that settles.
    pub settling_fails: bool,
    pub claiming_fails: bool,
}

pub fn outage() -> Error {
    Error::Unavailable {
        what: "it",
        source: "out of order".into(),
    }
}

pub fn user(number: u8) -> UserId {
    UserId::generate(NOW_MS - 60_000, &[number; 10])
}

pub fn price(cents: u64) -> Price {
    Price::from_cents(cents).unwrap()
}

/// An update of user 1 that many ticks after the first.
pub fn update(ticks: u64, previous: u64, now: u64) -> PriceUpdate {
    PriceUpdate {
        user_id: user(1),
        tick: Tick(TICK + ticks),
        price: price(now),
        previous: price(previous),
    }
}

impl World {
    fn users(&self) -> Arc<dyn Users> {
        let world = self.clone();
        Arc::new(ProfilesBy(move |id| {
            let state = world.state();
            Ok((!state.departed.contains(&id)).then(|| Profile {
                phone: state.phone.clone(),
                preferences: state.preferences,
                ..ada(id)
            }))
        }))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// User 1 waits for 100.00 from below, from the first tick on.
    pub fn wait(&self, number: u8, channel: Channel) -> AlertId {
        let alert = Alert {
            id: AlertId::generate(NOW_MS - 1000, &[number; 10]),
            user_id: user(1),
            condition: Condition {
                crossing: Crossing::Above,
                threshold: price(10_000),
            },
            channel,
            state: AlertState::Armed { from: Tick(TICK) },
        };
        let mut state = self.state();
        state.alerts.insert(alert.id, alert);
        state.version += 1;
        alert.id
    }

    pub fn state_of(&self, id: AlertId) -> AlertState {
        self.state().alerts[&id].state
    }

    /// A process that has just started.
    pub fn process(&self) -> FireAlerts {
        let world = Arc::new(self.clone());
        let feed = Arc::clone(&self.state().feed);
        feed.known().owned.clear();
        for id in ["gone", "fine"] {
            feed.open(id, None);
        }
        feed.behave("gone", Behaviour::Gone);
        FireAlerts::new(AlertPorts {
            alerts: Arc::<Self>::clone(&world),
            eraser: Arc::<Self>::clone(&world),
            users: world.users(),
            notifications: world,
            dispatcher: Arc::new(feed.dispatcher()),
        })
    }

    /// Fires as price-fanout does: versions first.
    pub async fn fire(&self, process: &FireAlerts, updates: &[PriceUpdate]) -> Result<AlertReport> {
        let newest = updates.iter().map(|update| update.tick).max();
        let now_ms = newest.map_or(NOW_MS, |tick| tick.starts_at_ms() + 40);
        self.fire_at(process, updates, now_ms).await
    }

    pub async fn fire_at(
        &self,
        process: &FireAlerts,
        updates: &[PriceUpdate],
        now_ms: u64,
    ) -> Result<AlertReport> {
        let version = self.state().version;
        let versions: &[_] = match version {
            0 => &[],
            version => &[(Shard::of(user(1)), version)],
        };
        process.fire(updates, versions, now_ms).await
    }

    /// What the user's connections were sent.
    pub fn pushed(&self) -> Vec<String> {
        let state = self.state();
        let known = state.feed.known();
        known.posts.iter().map(|post| post.frame.text()).collect()
    }

    pub fn keeper(&self) -> UserAlerts {
        UserAlerts {
            tokens: Box::new(self.clone()),
            users: self.users(),
            alerts: Arc::new(self.clone()),
        }
    }
}

#[async_trait]
impl Alerts for World {
    async fn alerts_in(&self, shard: Shard) -> Result<Vec<Alert>> {
        let mut state = self.state();
        state.reads += 1;
        let alerts = state.alerts.values().copied();
        Ok(alerts
            .filter(|alert| Shard::of(alert.user_id) == shard)
            .collect())
    }

    async fn claim_alert(&self, alert: &Alert, crossed: Crossed) -> Result<Claim> {
        let mut state = self.state();
        if state.claiming_fails {
            return Err(outage());
        }
        state.claims += 1;
        let Some(stored) = state.alerts.get_mut(&alert.id) else {
            return Ok(Claim::Lost);
        };
        Ok(match stored.state {
            AlertState::Armed { from } if from <= crossed.tick => {
                stored.state = AlertState::Firing(crossed);
                Claim::Won
            }
            AlertState::Firing(crossed) => Claim::Firing(crossed),
            AlertState::Armed { .. } | AlertState::Fired(_) | AlertState::Failed(_) => Claim::Lost,
        })
    }

    async fn settle_alert(&self, alert: &Alert, crossed: Crossed, end: Settled) -> Result<bool> {
        let mut state = self.state();
        if std::mem::take(&mut state.settling_fails) {
            return Err(outage());
        }
        let Some(stored) = state.alerts.get_mut(&alert.id) else {
            return Ok(false);
        };
        if stored.state != AlertState::Firing(crossed) {
            return Ok(false);
        }
        stored.state = match end {
            Settled::Fired => AlertState::Fired(crossed),
            Settled::Failed => AlertState::Failed(crossed),
        };
        Ok(true)
    }

    async fn renew_alerts(&self, _: &[Shard]) -> Result<()> {
        self.state().version += 1;
        Ok(())
    }

    async fn add_alert(&self, alert: &Alert) -> Result<bool> {
        let mut state = self.state();
        if state.alerts.len() as u64 >= Alert::MAX_PER_USER {
            return Ok(false);
        }
        state.alerts.insert(alert.id, *alert);
        state.version += 1;
        Ok(true)
    }

    async fn alerts_of(&self, user: UserId) -> Result<Vec<Alert>> {
        let state = self.state();
        let alerts = state.alerts.values().copied();
        Ok(alerts.filter(|alert| alert.user_id == user).collect())
    }

    async fn find_alert(&self, user: UserId, id: AlertId) -> Result<Option<Alert>> {
        let found = self.state().alerts.get(&id).copied();
        Ok(found.filter(|alert| alert.user_id == user))
    }

    async fn remove_alert(&self, user: UserId, id: AlertId) -> Result<bool> {
        let is_there = self.find_alert(user, id).await?.is_some();
        if is_there {
            let mut state = self.state();
            state.alerts.remove(&id);
            state.version += 1;
        }
        Ok(is_there)
    }

    async fn arm_alert(&self, user: UserId, id: AlertId, from: Tick) -> Result<Option<Alert>> {
        let Some(mut alert) = self.find_alert(user, id).await? else {
            return Ok(None);
        };
        if let AlertState::Fired(_) | AlertState::Failed(_) = alert.state {
            alert.state = AlertState::Armed { from };
            let mut state = self.state();
            state.alerts.insert(id, alert);
            state.version += 1;
        }
        Ok(Some(alert))
    }
}

#[async_trait]
impl EraseUser for World {
    async fn erase_user(&self, id: UserId) -> Result<()> {
        let mut state = self.state();
        state.alerts.retain(|_, alert| alert.user_id != id);
        state.version += 1;
        Ok(())
    }
}

#[async_trait]
impl Notifications for World {
    async fn send(
        &self,
        notification: &Notification,
        _: Duration,
    ) -> Result<(), NotificationError> {
        let mut state = self.state();
        state.asked += 1;
        match state.service {
            Service::Accepts => {
                let key = &notification.idempotency_key;
                if !state.accepted.contains(key) {
                    let key = key.clone();
                    state.accepted.push(key);
                }
                Ok(())
            }
            Service::IsDown => Err(NotificationError::Unavailable("down".into())),
            Service::Limits(retry_after) => Err(NotificationError::RateLimited { retry_after }),
            Service::Refuses => Err(NotificationError::Refused("no".into())),
            Service::Fails => Err(NotificationError::Failed("oh".into())),
        }
    }
}

#[async_trait]
impl VerifyToken for World {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let user_id =
            UserId::parse(token).map_err(|_| feed::Error::Unauthenticated("malformed"))?;
        Ok(Authenticated {
            user_id,
            expires_at: now_ms / 1000 + 1,
            role: Default::default(),
        })
    }
}
