use std::collections::HashMap;

use app::users::{Deletion, ProfileChange, Users as _};
use aws_sdk_dynamodb::types::AttributeValue;

use super::{NOW_MS, TABLE, store, user};
use crate::users::DynamoUserStore;

fn deletion_of(number: u8, at_ms: u64) -> Deletion {
    Deletion {
        user_id: user(number, "ada@example.com").profile.id,
        deleted_at_ms: at_ms,
    }
}

async fn all_items(store: &DynamoUserStore) -> Vec<HashMap<String, AttributeValue>> {
    let scan = store.table.client().scan().table_name(TABLE).send().await;
    scan.unwrap().items.unwrap()
}

#[tokio::test]
async fn of_a_deleted_account_nothing_is_left_but_that_it_was_deleted() {
    let store = store().await;
    let ada = user(1, "Ada@example.com");
    store.create_user(&ada).await.unwrap();
    let deletion = deletion_of(1, NOW_MS + 77);
    assert!(store.delete_account(&deletion).await.unwrap());

    let id = ada.profile.id;
    assert_eq!(store.find_profile(id).await.unwrap(), None);
    assert!(
        store
            .find_login(&ada.profile.email)
            .await
            .unwrap()
            .is_none()
    );
    let change = ProfileChange::default();
    assert_eq!(store.change_profile(id, &change).await.unwrap(), None);
    let items = all_items(&store).await;
    assert_eq!(items.len(), 1);
    let text = format!("deleted#{}#{id}", NOW_MS + 77);
    assert_eq!(items[0]["pk"], AttributeValue::S(text));
    let mut attributes: Vec<&str> = items[0].keys().map(String::as_str).collect();
    attributes.sort_unstable();
    let expected = ["expires_at", "outbox_shard", "pk", "roster_shard"];
    assert_eq!(attributes, expected);
    let week_later: u64 = items[0]["expires_at"].as_n().unwrap().parse().unwrap();
    assert!(week_later > NOW_MS / 1000 + 7 * 24 * 3600);
}

#[tokio::test]
async fn the_address_can_register_again_and_the_second_account_is_another() {
    let store = store().await;
    store
        .create_user(&user(1, "ada@example.com"))
        .await
        .unwrap();
    store.delete_account(&deletion_of(1, NOW_MS)).await.unwrap();
    let second = user(2, "ADA@example.com");
    store.create_user(&second).await.unwrap();
    // Deleting the first again does nothing to it.
    assert!(
        !store
            .delete_account(&deletion_of(1, NOW_MS + 1))
            .await
            .unwrap()
    );
    let login = store.find_login(&second.profile.email).await.unwrap();
    assert_eq!(login.unwrap().user_id, second.profile.id);
    assert_eq!(
        store.unfinished_deletions().await.unwrap(),
        [deletion_of(1, NOW_MS)]
    );
}

#[tokio::test]
async fn nobody_is_deleted_who_does_not_exist() {
    let store = store().await;
    assert!(!store.delete_account(&deletion_of(1, NOW_MS)).await.unwrap());
    assert_eq!(all_items(&store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_requests_at_once_exactly_one_deletes() {
    let store = store().await;
    store
        .create_user(&user(1, "ada@example.com"))
        .await
        .unwrap();
    let racers: Vec<_> = (0..8)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.delete_account(&deletion_of(1, NOW_MS + n)).await })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += usize::from(racer.await.unwrap().unwrap());
    }
    assert_eq!((winners, all_items(&store).await.len()), (1, 1));
}

#[tokio::test]
async fn deletions_are_recalled_until_they_are_finished() {
    let store = store().await;
    for number in 1..=20 {
        let email = format!("user{number}@example.com");
        store.create_user(&user(number, &email)).await.unwrap();
        let deletion = deletion_of(number, NOW_MS + u64::from(number));
        assert!(store.delete_account(&deletion).await.unwrap());
    }
    // Who waits to be announced is in the same index.
    store
        .create_user(&user(99, "bob@example.com"))
        .await
        .unwrap();
    let mut unfinished = store.unfinished_deletions().await.unwrap();
    unfinished.sort_by_key(|deletion| deletion.deleted_at_ms);
    let expected: Vec<_> = (1..=20)
        .map(|number| deletion_of(number, NOW_MS + u64::from(number)))
        .collect();
    assert_eq!(unfinished, expected);

    for deletion in &expected[1..] {
        store.finish_deletion(deletion).await.unwrap();
        store.finish_deletion(deletion).await.unwrap();
    }
    assert_eq!(store.unfinished_deletions().await.unwrap(), expected[..1]);
    // They stay on record.
    assert_eq!(all_items(&store).await.len(), 20 + 2);
}

#[tokio::test]
async fn a_deletion_that_cannot_be_read_keeps_nobody_else_from_being_erased() {
    let store = store().await;
    store
        .create_user(&user(1, "ada@example.com"))
        .await
        .unwrap();
    let deletion = deletion_of(1, NOW_MS);
    assert!(store.delete_account(&deletion).await.unwrap());
    let put = store.table.client().put_item().table_name(TABLE);
    put.item("pk", AttributeValue::S("deleted#whenever".to_owned()))
        .item("outbox_shard", AttributeValue::N("0".to_owned()))
        .send()
        .await
        .unwrap();
    assert_eq!(store.unfinished_deletions().await.unwrap(), [deletion]);
}

#[tokio::test]
async fn finishing_brings_no_deletion_back() {
    let store = store().await;
    store
        .finish_deletion(&deletion_of(1, NOW_MS))
        .await
        .unwrap();
    assert_eq!(all_items(&store).await, []);
}
