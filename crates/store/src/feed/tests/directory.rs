use std::collections::HashSet;

use app::users::{Deletion, NewUser, Profile, Users as _};
use domain::user::{Email, Name};
use domain::{Shard, UserId};
use feed::session::FindUsers;

use super::support::{NOW_MS, Stage, USERS, stage, user};
use crate::users::DynamoUserStore;
use dynamodb::{Item, number, text};

async fn register(stage: &Stage, users: impl IntoIterator<Item = UserId>) {
    for user in users {
        let item = Item::from([
            ("pk".to_owned(), text(format!("user#{user}"))),
            (
                "roster_shard".to_owned(),
                number(u64::from(Shard::of(user).index() % 16)),
            ),
        ]);
        let put = stage
            .client
            .put_item()
            .table_name(USERS)
            .set_item(Some(item));
        put.send().await.unwrap();
    }
}

#[tokio::test]
async fn names_the_users_that_do_not_exist_in_order() {
    let stage = stage().await;
    register(&stage, (0..98).map(user)).await;
    let asked: Vec<UserId> = (0..100).rev().map(user).collect();
    let unknown = stage.directory.unknown_users(&asked).await.unwrap();
    assert_eq!(unknown, [user(99), user(98)]);
    assert_eq!(stage.directory.unknown_users(&[user(5)]).await.unwrap(), []);
}

#[tokio::test]
async fn who_was_deleted_is_no_user() {
    let stage = stage().await;
    register(&stage, [user(1), user(2)]).await;
    let email = Email::parse("ada@example.com").unwrap();
    let users = DynamoUserStore::new(stage.client.clone(), USERS);
    let profile = Profile {
        id: user(3),
        name: Name::parse("Ada").unwrap(),
        email,
        phone: None,
        preferences: Default::default(),
    };
    let ada = NewUser {
        profile,
        password_hash: "hash".to_owned(),
    };
    users.create_user(&ada).await.unwrap();
    let deletion = Deletion {
        user_id: user(3),
        deleted_at_ms: NOW_MS,
    };
    assert!(users.delete_account(&deletion).await.unwrap());
    let unknown = stage.directory.unknown_users(&[user(1), user(3)]).await;
    assert_eq!(unknown.unwrap(), [user(3)]);
    let all = stage.directory.all_users(2).await.unwrap().unwrap();
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn all_users_are_found_up_to_the_limit() {
    let stage = stage().await;
    assert_eq!(
        stage.directory.all_users(0).await.unwrap(),
        Some(Vec::new())
    );
    let users: HashSet<UserId> = (0..50).map(user).collect();
    register(&stage, users.iter().copied()).await;
    let found = stage.directory.all_users(50).await.unwrap().unwrap();
    assert_eq!(found.len(), 50);
    assert_eq!(found.into_iter().collect::<HashSet<_>>(), users);
    for limit in [0, 1, 49] {
        assert_eq!(
            stage.directory.all_users(limit).await.unwrap(),
            None,
            "{limit}"
        );
    }
}
