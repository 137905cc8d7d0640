mod canonical_emails;
mod change;
mod delete;
mod directory;
mod golden;

use app::users::{
    AttemptKey, Attempts, LoginAttempts as _, NewUser, Profile, RecordedAttempt, Users as _,
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::user::{Name, Phone, Role};
use domain::{Network, Shard, UserId};
use test_kit::{TestDatabase, client_of};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const TABLE: &str = "UsersTable";
const NOW_MS: u64 = 1_767_225_600_000;

async fn store() -> DynamoUserStore {
    DynamoUserStore::new(TestDatabase::start().await.client, TABLE)
}

fn user(number: u8, email: &str) -> NewUser {
    NewUser {
        profile: Profile {
            id: UserId::generate(NOW_MS + u64::from(number), &[number; 10]),
            name: Name::parse("Ada Lovelace").unwrap(),
            email: Email::parse(email).unwrap(),
            phone: None,
            preferences: Default::default(),
        },
        password_hash: format!("$hash${number}"),
    }
}

#[tokio::test]
async fn a_stored_user_is_found_by_id_and_by_email_in_any_case() {
    let store = store().await;
    let mut ada = user(1, "Ada@Example.com");
    ada.profile.phone = Some(Phone::parse("+4930901820").unwrap());
    store.create_user(&ada).await.unwrap();
    let found = store.find_profile(ada.profile.id).await.unwrap();
    assert_eq!(found, Some(ada.profile.clone()));
    let login = store
        .find_login(&Email::parse("aDA@example.COM").unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (login.user_id, login.password_hash),
        (ada.profile.id, ada.password_hash)
    );
}

#[tokio::test]
async fn an_operator_makes_somebody_an_admin_and_a_slip_of_the_pen_is_noticed() {
    let store = store().await;
    let ada = user(1, "ada@example.com");
    store.create_user(&ada).await.unwrap();
    let email = &ada.profile.email;
    let role = async || {
        store
            .find_login(email)
            .await
            .map(|login| login.unwrap().role)
    };
    assert_eq!(role().await.unwrap(), Role::User);
    for (given, expected) in [("admin", Some(Role::Admin)), ("Admin", None)] {
        let update = store
            .table
            .client()
            .update_item()
            .table_name(TABLE)
            .key("pk", AttributeValue::S(format!("email#{email}")))
            .update_expression("SET #role = :role")
            .expression_attribute_names("#role", "role")
            .expression_attribute_values(":role", AttributeValue::S(given.to_owned()));
        update.send().await.unwrap();
        assert_eq!(role().await.ok(), expected, "{given}");
    }
}

#[tokio::test]
async fn who_is_not_stored_is_not_found() {
    let store = store().await;
    let nobody = user(1, "nobody@example.com").profile;
    assert_eq!(store.find_profile(nobody.id).await.unwrap(), None);
    assert!(store.find_login(&nobody.email).await.unwrap().is_none());
}

#[tokio::test]
async fn a_new_user_is_in_the_roster_and_in_the_outbox() {
    let store = store().await;
    let ada = user(1, "ada@example.com");
    store.create_user(&ada).await.unwrap();
    let shard = (Shard::of(ada.profile.id).index() % 16).to_string();
    for (index, attribute) in [("roster", "roster_shard"), ("outbox", "outbox_shard")] {
        let found = store
            .table
            .client()
            .query()
            .table_name(TABLE)
            .index_name(index)
            .key_condition_expression("#shard = :shard")
            .expression_attribute_names("#shard", attribute)
            .expression_attribute_values(":shard", AttributeValue::N(shard.clone()))
            .send()
            .await
            .unwrap();
        let item = &found.items()[0];
        assert_eq!(
            item["pk"],
            AttributeValue::S(format!("user#{}", ada.profile.id)),
            "{index}"
        );
        let projected = ["name", "created_at"]
            .iter()
            .all(|name| item.contains_key(*name));
        assert_eq!(projected, index == "outbox", "{item:?}");
    }
}

#[tokio::test]
async fn an_email_address_is_taken_once_and_leaves_nothing_of_the_second() {
    let store = store().await;
    store
        .create_user(&user(1, "ada@example.com"))
        .await
        .unwrap();
    let second = user(2, "ADA@EXAMPLE.COM");
    let error = store.create_user(&second).await.unwrap_err();
    assert!(matches!(error, Error::EmailTaken), "{error:?}");
    assert_eq!(store.find_profile(second.profile.id).await.unwrap(), None);
}

#[tokio::test]
async fn an_id_that_is_taken_is_our_own_fault() {
    let store = store().await;
    store
        .create_user(&user(1, "ada@example.com"))
        .await
        .unwrap();
    let error = store
        .create_user(&user(1, "bob@example.com"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Internal { .. }), "{error:?}");
    assert!(
        store
            .find_login(&Email::parse("bob@example.com").unwrap())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_registrations_exactly_one_wins() {
    let store = store().await;
    for round in 0..5_u8 {
        let racers = (0..8_u8).map(|racer| {
            let store = store.clone();
            let email = if racer % 2 == 0 { "ada" } else { "ADA" };
            let user = user(round * 8 + racer, &format!("{email}{round}@example.com"));
            tokio::spawn(async move { (user.profile.id, store.create_user(&user).await) })
        });
        let mut winners = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            match racer.await.unwrap() {
                (id, Ok(())) => winners.push(id),
                (id, Err(Error::EmailTaken)) => {
                    assert_eq!(store.find_profile(id).await.unwrap(), None);
                }
                (_, Err(error)) => panic!("{error:?}"),
            }
        }
        let email = Email::parse(&format!("ada{round}@example.com")).unwrap();
        let login = store.find_login(&email).await.unwrap().unwrap();
        assert_eq!(winners, [login.user_id]);
        assert!(store.find_profile(login.user_id).await.unwrap().is_some());
    }
}

/// Answers every request in turn, one connection each.
async fn canned(answers: &'static [(u16, &'static str)]) -> DynamoUserStore {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_of(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        for (status, body) in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            // The body ends with the object that closes last; headers hold no braces.
            while !request.ends_with(b"}") {
                assert!(socket.read_buf(&mut request).await.unwrap() > 0);
            }
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.0\r\n\
                 Connection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            socket
                .write_all(format!("{head}{body}").as_bytes())
                .await
                .unwrap();
        }
    });
    DynamoUserStore::new(client, TABLE)
}

const CONFLICT: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message":"cancelled","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]}"#;
const TAKEN: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message":"cancelled","CancellationReasons":[{"Code":"ConditionalCheckFailed"},{"Code":"None"}]}"#;
const DENIED: &str =
    r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}"#;

#[tokio::test]
async fn a_registration_that_meets_another_is_tried_again() {
    let ada = user(1, "ada@example.com");
    let store = canned(&[(400, CONFLICT), (400, CONFLICT), (200, "{}")]).await;
    store.create_user(&ada).await.unwrap();
    let store = canned(&[(400, CONFLICT), (400, TAKEN)]).await;
    let error = store.create_user(&ada).await.unwrap_err();
    assert!(matches!(error, Error::EmailTaken), "{error:?}");
}

#[tokio::test]
async fn a_refused_request_is_our_own_fault_and_an_unreachable_database_is_not() {
    let store = canned(&[(400, DENIED)]).await;
    let error = store.check_health().await.unwrap_err();
    assert!(matches!(error, Error::Internal { .. }), "{error:?}");
    // Nobody listens on the port that was just let go.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = DynamoUserStore::new(client_of(&endpoint), TABLE)
        .check_health()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_table_that_is_there_is_healthy() {
    store().await.check_health().await.unwrap();
    let empty = DynamoUserStore::new(TestDatabase::start().await.client, "NoTable");
    assert!(empty.check_health().await.is_err());
}

fn attempt(network: Option<u8>, seen: Option<Attempts>, failures: u32) -> RecordedAttempt {
    RecordedAttempt {
        key: AttemptKey {
            email: "ada@example.com".to_owned(),
            network: network.map(|last| Network::of([203, 0, 113, last].into())),
        },
        seen,
        new: Attempts {
            failures,
            window_ms: NOW_MS,
            last_ms: NOW_MS + 1,
            known_until_ms: 7,
        },
        expires_at: NOW_MS / 1000 + 3600,
    }
}

#[tokio::test]
async fn attempts_are_remembered_under_a_digest() {
    let store = store().await;
    let change = attempt(None, None, 1);
    assert_eq!(store.attempts(&change.key).await.unwrap(), None);
    assert!(
        store
            .record_attempts(std::slice::from_ref(&change))
            .await
            .unwrap()
    );
    assert_eq!(store.attempts(&change.key).await.unwrap(), Some(change.new));
    let items = store
        .table
        .client()
        .scan()
        .table_name(TABLE)
        .send()
        .await
        .unwrap();
    let item = &items.items()[0];
    // SHA-256 of the address.
    let digest = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72";
    assert_eq!(item["pk"], AttributeValue::S(format!("attempts#{digest}")));
    assert_eq!(
        item["expires_at"],
        AttributeValue::N(change.expires_at.to_string())
    );
}

#[tokio::test]
async fn changes_that_were_overtaken_change_nothing() {
    let store = store().await;
    let (here, everywhere) = (attempt(Some(1), None, 1), attempt(None, None, 1));
    assert!(
        store
            .record_attempts(std::slice::from_ref(&everywhere))
            .await
            .unwrap()
    );
    let both = [here.clone(), everywhere.clone()];
    assert!(
        !store.record_attempts(&both).await.unwrap(),
        "the second was there"
    );
    assert_eq!(store.attempts(&here.key).await.unwrap(), None);

    let seen = Some(everywhere.new);
    let both = [here.clone(), attempt(None, seen, 2)];
    assert!(store.record_attempts(&both).await.unwrap());
    assert!(
        !store
            .record_attempts(&[attempt(None, seen, 3)])
            .await
            .unwrap(),
        "two were seen"
    );
    let counts = |found: Option<Attempts>| found.unwrap().failures;
    assert_eq!(counts(store.attempts(&here.key).await.unwrap()), 1);
    assert_eq!(counts(store.attempts(&everywhere.key).await.unwrap()), 2);
    assert_eq!(
        store
            .attempts(&attempt(Some(2), None, 1).key)
            .await
            .unwrap(),
        None
    );
}
