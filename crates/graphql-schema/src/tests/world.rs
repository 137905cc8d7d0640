//! The use cases on an embedded database with a few users in it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use app::alerts::UserAlerts;
use app::analytics::ShowAnalytics;
use app::directory::ListUsers;
use app::market::ShowMarket;
use app::snapshots::SaveSnapshot;
use app::users::{
    AttemptKey, Attempts, Authenticator, DeleteUser, EraseEverywhere, LoginAttempts as _,
    RecordedAttempt, Users as _,
};
use domain::user::Name;
use domain::{Network, PriceModel, UserId};
use serde_json::{Value, json};
use test_kit::{TestClock, TestDatabase, TestTokens, admin_token, new_user};

use crate::{Caller, Request, Schema, UseCases};

pub(super) const NOW_MS: u64 = 1_767_225_600_000;
/// The user who is an admin.
pub(super) const ADMIN: u8 = 1;

pub(super) struct World {
    pub(super) database: TestDatabase,
}

pub(super) fn user(number: u8) -> UserId {
    test_kit::user_id(NOW_MS - 60_000, number)
}

fn localhost() -> Network {
    Network::of(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

impl World {
    /// A world of this many users.
    pub(super) async fn of(users: u8) -> Self {
        let database = TestDatabase::start().await;
        for number in 1..=users {
            let mut new = new_user(user(number));
            new.profile.name = Name::parse(&format!("User {number}")).unwrap();
            database.users().create_user(&new).await.unwrap();
        }
        Self { database }
    }

    /// How often many profiles were read at once, and how often one, since this was last asked.
    pub(super) fn reads(&self) -> (usize, usize) {
        let requests = self.database.requests();
        let count = |operation| {
            let of_users = requests.iter().filter(|r| r.is(operation, "UsersTable"));
            of_users.count()
        };
        (count("BatchGetItem"), count("GetItem"))
    }

    /// Somebody has failed ten times to log in, just now.
    pub(super) async fn fail_logins(&self, email: &str) {
        let attempt = RecordedAttempt {
            key: AttemptKey {
                email: email.to_owned(),
                network: Some(localhost()),
            },
            seen: None,
            new: Attempts {
                failures: 10,
                window_ms: NOW_MS,
                last_ms: NOW_MS,
                known_until_ms: 0,
            },
            expires_at: NOW_MS,
        };
        let recorded = self.database.users().record_attempts(&[attempt]).await;
        assert!(recorded.unwrap());
    }

    pub(super) fn schema(&self) -> Schema {
        let prices = PriceModel::new(&[7; 32]);
        let users = Arc::new(self.database.users());
        let snapshots = Arc::new(self.database.snapshots());
        let clock = Arc::new(TestClock::standing_at(NOW_MS));
        let alerts = Arc::new(self.database.alerts(clock));
        Schema::new(
            UseCases {
                authenticator: Authenticator {
                    tokens: Box::new(TestTokens),
                    users: users.clone(),
                },
                issuer: Box::new(TestTokens),
                users: users.clone(),
                attempts: Box::new(self.database.users()),
                list: ListUsers {
                    users: users.clone(),
                },
                market: ShowMarket::new(Arc::new(self.database.directory()), prices, 100),
                delete: DeleteUser {
                    users: users.clone(),
                    places: Box::new(EraseEverywhere(vec![Box::new(self.database.snapshots())])),
                },
                save: SaveSnapshot {
                    prices,
                    snapshots: snapshots.clone(),
                },
                snapshots: snapshots.clone(),
                analytics: ShowAnalytics {
                    users: users.clone(),
                    snapshots,
                    prices,
                },
                alerts: UserAlerts { alerts },
                prices,
                new_uuid: || *user(99).as_uuid(),
            },
            true,
        )
    }

    /// The response to a document, as it is written, sent by a user of this number.
    pub(super) async fn answer(&self, caller: Option<u8>, query: &str) -> String {
        let request = Request {
            query: query.to_owned(),
            ..Default::default()
        };
        self.answer_to(caller, request).await
    }

    /// The response to a request, as it is written, sent by a user of this number.
    pub(super) async fn answer_to(&self, caller: Option<u8>, request: Request) -> String {
        let token = |number| match number {
            ADMIN => admin_token(user(number)),
            number => user(number).to_string(),
        };
        let caller = Caller {
            token: caller.map(token),
            network: localhost(),
            now_ms: NOW_MS,
        };
        let schema = self.schema();
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
}
