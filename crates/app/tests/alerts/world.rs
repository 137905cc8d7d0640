use std::sync::Arc;

use app::Result;
use app::alerts::*;
use app::users::{
    CurrentUser, Deletion, PhoneChange, PreferencesChange, ProfileChange, Users as _,
};
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::user::Phone;
use domain::{Price, PriceUpdate, Shard, Tick, UserId};
use feed::fakes::Behaviour;
use feed::{AudienceShard, Subscriptions as _};
use store::feed::DynamoAlerts;
use test_kit::{TestDatabase, TestFeed, TestNotifications, current_user, new_user, user_id};

/// The tick at which tests begin.
pub(super) const TICK: u64 = 353_445_121;
pub(super) const NOW_MS: u64 = TICK * Tick::PERIOD_MS + 40;

/// User 1, without a telephone, on two connections of which one is gone.
pub(super) struct World {
    pub(super) database: TestDatabase,
    pub(super) feed: TestFeed,
    pub(super) notifications: TestNotifications,
}

pub(super) fn user(number: u8) -> UserId {
    user_id(NOW_MS - 60_000, number)
}

pub(super) fn price(cents: u64) -> Price {
    Price::from_cents(cents).unwrap()
}

pub(super) fn crossed(ticks: u64, cents: u64) -> Crossed {
    Crossed {
        tick: Tick(TICK + ticks),
        price: price(cents),
    }
}

/// An update of user 1 that many ticks after the first.
pub(super) fn update(ticks: u64, previous: u64, now: u64) -> PriceUpdate {
    PriceUpdate {
        user_id: user(1),
        tick: Tick(TICK + ticks),
        price: price(now),
        previous: price(previous),
    }
}

impl World {
    pub(super) async fn start() -> Self {
        let database = TestDatabase::start().await;
        let ada = new_user(user(1));
        database.users().create_user(&ada).await.unwrap();
        let feed = TestFeed::new(&database, NOW_MS);
        for id in ["gone", "fine"] {
            feed.open(id, Some(user(1))).await;
        }
        feed.behave("gone", Behaviour::Gone);
        Self {
            database,
            feed,
            notifications: TestNotifications::default(),
        }
    }

    pub(super) fn alerts(&self) -> DynamoAlerts {
        DynamoAlerts::new(self.feed.store.clone())
    }

    /// User 1 waits for 100.00 from below, from the first tick on.
    pub(super) async fn wait(&self, number: u8, channel: Channel) -> Alert {
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
        assert!(self.alerts().add_alert(&alert).await.unwrap());
        alert
    }

    pub(super) async fn state_of(&self, alert: &Alert) -> AlertState {
        let found = self.alerts().find_alert(alert.user_id, alert.id).await;
        found.unwrap().unwrap().state
    }

    pub(super) async fn change_phone(&self, phone: PhoneChange) {
        self.change(ProfileChange {
            phone,
            ..Default::default()
        })
        .await;
    }

    pub(super) async fn add_phone(&self) {
        let phone = Phone::parse("+4930901820").unwrap();
        self.change_phone(PhoneChange::To(phone)).await;
    }

    pub(super) async fn want_no_notification(&self) {
        self.change(ProfileChange {
            preferences: PreferencesChange {
                alert: Some(false),
                ..Default::default()
            },
            ..Default::default()
        })
        .await;
    }

    async fn change(&self, change: ProfileChange) {
        let changed = self.database.users().change_profile(user(1), &change).await;
        changed.unwrap().unwrap();
    }

    pub(super) async fn delete_user(&self) {
        let deletion = Deletion {
            user_id: user(1),
            deleted_at_ms: NOW_MS,
        };
        let deleted = self.database.users().delete_account(&deletion).await;
        assert!(deleted.unwrap());
    }

    /// A process that has just started.
    pub(super) fn process(&self) -> FireAlerts {
        FireAlerts::new(AlertPorts {
            alerts: Arc::new(self.alerts()),
            eraser: Arc::new(self.alerts()),
            users: Arc::new(self.database.users()),
            notifications: Arc::new(self.notifications.clone()),
            dispatcher: Arc::new(self.feed.dispatcher()),
        })
    }

    /// Fires as the fan-out does: versions first.
    pub(super) async fn fire(
        &self,
        process: &FireAlerts,
        updates: &[PriceUpdate],
    ) -> Result<AlertReport> {
        let newest = updates.iter().map(|update| update.tick).max();
        let now_ms = newest.map_or(NOW_MS, |tick| tick.starts_at_ms() + 40);
        self.fire_at(process, updates, now_ms).await
    }

    pub(super) async fn fire_at(
        &self,
        process: &FireAlerts,
        updates: &[PriceUpdate],
        now_ms: u64,
    ) -> Result<AlertReport> {
        let shard = AudienceShard::Users(Shard::of(user(1)));
        let versions = self.feed.store.versions(&[shard]).await.unwrap();
        process.fire(updates, &versions.alerts, now_ms).await
    }

    /// How often alerts were read since this was last asked.
    pub(super) fn reads(&self) -> usize {
        let requests = self.database.requests().into_iter();
        requests
            .filter(|request| request.is("Query", "alert#"))
            .count()
    }

    /// What the user's connections were sent since this was last asked.
    pub(super) fn pushed(&self) -> Vec<String> {
        self.feed
            .sent()
            .into_iter()
            .map(|(_, frame)| frame)
            .collect()
    }

    pub(super) fn accepted(&self) -> Vec<String> {
        let accepted = self.notifications.accepted().into_iter();
        accepted
            .map(|notification| notification.idempotency_key)
            .collect()
    }

    pub(super) fn keeper(&self) -> UserAlerts {
        UserAlerts {
            alerts: Arc::new(self.alerts()),
        }
    }

    /// A user who is authenticated.
    pub(super) async fn current(&self, number: u8) -> CurrentUser {
        let token = user(number).to_string();
        current_user(self.database.users(), &token).await.unwrap()
    }
}
