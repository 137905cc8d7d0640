use std::sync::Arc;

use app::users::{NewUser, Profile, Users as _};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use domain::UserId;
use domain::user::{Email, Name};
use test_kit::{TestClock, TestDatabase, unreachable_client};

use crate::feed::DynamoFeed;
use crate::ticks::DynamoTicks;
use crate::users::DynamoUserStore;
use dynamodb::{number, text};

pub(super) const NOW_MS: u64 = 1_767_225_600_000;
pub(super) const FEED: &str = "FeedTable";
pub(super) const USERS: &str = "UsersTable";

pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) ticks: DynamoTicks,
    pub(super) users: DynamoUserStore,
    pub(super) feed: DynamoFeed,
}

/// Empty tables, as `template.yaml` declares them, in a database of their own.
pub(super) async fn stage() -> Stage {
    let client = TestDatabase::start().await.client;
    Stage {
        ticks: DynamoTicks::new(client.clone(), USERS, FEED),
        users: DynamoUserStore::new(client.clone(), USERS),
        feed: DynamoFeed::new(
            client.clone(),
            FEED,
            Arc::new(TestClock::standing_at(NOW_MS)),
        ),
        client,
    }
}

/// A store whose database isn't there.
pub(super) fn unreachable() -> DynamoTicks {
    DynamoTicks::new(unreachable_client(), USERS, FEED)
}

impl Stage {
    /// Stores a user as registration does.
    pub(super) async fn register(&self, id: UserId) -> UserId {
        let profile = Profile {
            id,
            name: Name::parse("Ann").unwrap(),
            email: Email::parse(&format!("{id}@example.com")).unwrap(),
            phone: None,
            preferences: Default::default(),
        };
        let user = NewUser {
            profile,
            password_hash: "hash".to_owned(),
        };
        self.users.create_user(&user).await.unwrap();
        id
    }

    /// Puts many users into one shard of the roster.
    pub(super) async fn fill_shard(&self, shard: u64, count: u64) -> Vec<UserId> {
        let ids: Vec<UserId> = (0..count).map(|n| registered_at(NOW_MS + n)).collect();
        for chunk in ids.chunks(25) {
            let writes = chunk.iter().map(|id| {
                let put = PutRequest::builder()
                    .item("pk", text(format!("user#{id}")))
                    .item("roster_shard", number(shard))
                    .build()
                    .unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let batch = self.client.batch_write_item();
            batch
                .request_items(USERS, writes.collect())
                .send()
                .await
                .unwrap();
        }
        ids
    }

    pub(super) async fn put_broken_user(&self) {
        let put = self
            .client
            .put_item()
            .table_name(USERS)
            .item("pk", text("user#nobody"));
        let put = put
            .item("roster_shard", number(0))
            .item("outbox_shard", number(0));
        put.send().await.unwrap();
    }
}

pub(super) fn registered_at(ms: u64) -> UserId {
    UserId::generate(ms, &[1; 10])
}

pub(super) fn unordered(mut users: Vec<UserId>) -> Vec<UserId> {
    users.sort_unstable();
    users
}
