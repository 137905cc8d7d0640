use std::sync::Arc;

use app::snapshots::Snapshots as _;
use app::users::*;
use app::{Error, Result};
use domain::user::{Email, Name, Password, Role};
use domain::{Network, Price, PriceModel, SavedSnapshot, Snapshot, SnapshotId, Tick, UserId};
use feed::VerifyToken as _;
use store::users::DynamoUserStore;
use test_kit::{
    Reaction, TestDatabase, TestTokens, current_user, new_user, save_snapshots, user_id,
};

const NOW: u64 = 1_767_225_600_000;
const PASSWORD: &str = "correct horse battery";
const ADA: &str = "ada@example.com";

fn prices() -> PriceModel {
    PriceModel::new(&[1; 32])
}

fn network(last: u8) -> Network {
    Network::of([203, 0, 113, last].into())
}

async fn store() -> DynamoUserStore {
    TestDatabase::start().await.users()
}

async fn register(users: &dyn Users, email: &str, id: UserId) -> Result<Registered> {
    let registration = Registration {
        name: Name::parse("Ada").unwrap(),
        email: Email::parse(email).unwrap(),
        phone: None,
        password: Password::parse(PASSWORD).unwrap(),
    };
    register_user(users, &prices(), registration, id).await
}

/// A store with Ada, number 5, who has registered.
async fn store_with_ada() -> DynamoUserStore {
    let store = store().await;
    register(&store, ADA, user_id(NOW, 5)).await.unwrap();
    store
}

async fn log_in(
    store: &DynamoUserStore,
    email: &str,
    password: &str,
    from: u8,
    now_ms: u64,
) -> Result<AccessToken> {
    let credentials = Credentials {
        email: Email::parse(email).unwrap(),
        password: password.to_owned(),
        network: network(from),
    };
    let logged_in = login_user(store, store, &TestTokens, credentials, now_ms).await?;
    Ok(logged_in.token)
}

async fn attempts(store: &DynamoUserStore, email: &str, from: Option<u8>) -> Attempts {
    let key = AttemptKey {
        email: email.to_owned(),
        network: from.map(network),
    };
    store.attempts(&key).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_registered_user_has_an_opening_price_and_a_hashed_password() {
    let store = store().await;
    let id = user_id(NOW, 5);
    let registered = register(&store, "Ada@Example.com", id).await.unwrap();
    assert_eq!(registered.price, prices().shareholder(id).opening_price());
    assert_eq!(registered.tick, Tick::at_ms(NOW));
    assert_eq!(registered.profile.created_at_ms(), NOW);
    let login = store.find_login(&Email::parse(ADA).unwrap()).await.unwrap();
    let password_hash = login.unwrap().password_hash;
    assert!(password_hash.starts_with("$argon2id$"), "{password_hash}");
    let stored = NewUser {
        profile: registered.profile,
        password_hash,
    };
    assert!(!format!("{stored:?}").contains("xample"), "{stored:?}");

    let again = register(&store, ADA, user_id(NOW, 6)).await;
    assert!(matches!(again, Err(Error::EmailTaken)), "{again:?}");
}

#[tokio::test]
async fn me_shows_the_live_price_and_the_change_since_registration() {
    let store = store().await;
    let id = user_id(NOW, 5);
    let registered = register(&store, ADA, id).await.unwrap();
    let now_ms = NOW + 3_600_000;
    let ada = current_user(store, &id.to_string()).await.unwrap();
    let me = show_me(&ada, &prices(), now_ms);
    assert_eq!(me.profile, registered.profile);
    assert_eq!(me.opening_price, registered.price);
    assert_eq!(me.tick, Tick::at_ms(now_ms));
    assert_eq!(me.price, prices().shareholder(id).price_at(me.tick));
    let difference = me.price.cents().cast_signed() - me.opening_price.cents().cast_signed();
    assert_eq!(me.change.absolute.cents(), difference);
}

#[tokio::test]
async fn a_request_is_that_of_a_user_who_exists_and_shows_a_token() {
    let store = store_with_ada().await;
    let authenticator = Authenticator {
        tokens: Box::new(TestTokens),
        users: Arc::new(store),
    };
    let deleted = user_id(NOW, 9).to_string();
    for token in [None, Some("nonsense"), Some(deleted.as_str())] {
        let user = authenticator.authenticate(token, NOW).await;
        assert!(
            matches!(user, Err(Error::Unauthenticated(_))),
            "{token:?}: {user:?}"
        );
    }
    let token = user_id(NOW, 5).to_string();
    let ada = authenticator.authenticate(Some(&token), NOW).await.unwrap();
    assert_eq!((ada.id(), ada.role()), (user_id(NOW, 5), Role::User));
}

#[tokio::test]
async fn logging_in_takes_the_right_password_in_whatever_case_of_the_address() {
    let store = store_with_ada().await;
    let token = log_in(&store, "ADA@example.com", PASSWORD, 1, NOW).await;
    assert_eq!(token.unwrap().token, user_id(NOW, 5).to_string());
    for (email, password) in [(ADA, "wrong"), (ADA, ""), ("bob@example.com", PASSWORD)] {
        let refused = log_in(&store, email, password, 1, NOW).await.err().unwrap();
        assert!(matches!(refused, Error::InvalidCredentials), "{refused:?}");
    }
}

#[tokio::test]
async fn a_known_and_an_unknown_address_leave_the_same_traces() {
    let store = store_with_ada().await;
    let mut traces = Vec::new();
    for email in [ADA, "bob@example.com"] {
        let mut answers = Vec::new();
        for second in 0..8 {
            let now_ms = NOW + second * 100;
            let error = log_in(&store, email, "wrong", 1, now_ms).await;
            answers.push(error.err().unwrap().to_string());
        }
        let here = attempts(&store, email, Some(1)).await;
        traces.push((answers, here, attempts(&store, email, None).await));
    }
    assert_eq!(traces[0], traces[1]);
    let answers = &traces[0].0;
    assert!(answers[7].starts_with("too many attempts"), "{answers:?}");
}

#[tokio::test]
async fn a_login_takes_its_own_attempt_back_and_no_other() {
    let store = store_with_ada().await;
    assert!(log_in(&store, ADA, "wrong", 2, NOW).await.is_err());
    for _ in 0..20 {
        log_in(&store, ADA, PASSWORD, 1, NOW).await.unwrap();
    }
    let failures = async |from| attempts(&store, ADA, from).await.failures;
    assert_eq!(failures(Some(1)).await, 0);
    assert_eq!(failures(Some(2)).await, 1);
    assert_eq!(failures(None).await, 1);
}

#[tokio::test]
async fn an_attempt_that_others_overtake_is_counted_anew_or_refused() {
    let database = TestDatabase::start().await;
    let store = database.users();
    register(&store, ADA, user_id(NOW, 5)).await.unwrap();
    let overtake = |mut times: u32| {
        database.react(move |request| {
            if times > 0 && request.is("TransactWriteItems", "attempts#") {
                times -= 1;
                return Reaction::Overtake;
            }
            Reaction::Answer
        });
    };
    overtake(2);
    log_in(&store, ADA, PASSWORD, 1, NOW).await.unwrap();
    overtake(1000);
    let refused = log_in(&store, ADA, PASSWORD, 1, NOW).await.err().unwrap();
    assert!(
        matches!(
            refused,
            Error::TooManyAttempts {
                retry_after_secs: 1
            }
        ),
        "{refused:?}"
    );
}

/// Users 1 and 2, each with a snapshot.
async fn database_of_two() -> TestDatabase {
    let database = TestDatabase::start().await;
    for number in [1, 2] {
        let user = new_user(user_id(NOW, number));
        database.users().create_user(&user).await.unwrap();
        let snapshot = SavedSnapshot {
            snapshot: Snapshot {
                id: SnapshotId::generate(NOW, &[number; 10]),
                user_id: user.profile.id,
                price: Price::from_cents(100).unwrap(),
            },
            saved_at_ms: NOW,
        };
        save_snapshots(&database.snapshots(), &[snapshot]).await;
    }
    database
}

async fn delete(database: &TestDatabase, user: &CurrentUser) -> Result<()> {
    let delete = DeleteUser {
        users: Arc::new(database.users()),
        places: Box::new(EraseEverywhere(vec![Box::new(database.snapshots())])),
    };
    delete.delete(user, NOW).await
}

async fn user(database: &TestDatabase, number: u8) -> Result<CurrentUser> {
    let token = user_id(NOW, number).to_string();
    current_user(database.users(), &token).await
}

#[tokio::test]
async fn a_user_is_deleted_with_all_that_is_kept_and_nobody_else_is() {
    let database = database_of_two().await;
    let ada = user(&database, 1).await.unwrap();
    delete(&database, &ada).await.unwrap();
    for (number, is_there) in [(1, false), (2, true)] {
        assert_eq!(user(&database, number).await.is_ok(), is_there);
        let saved = database.snapshots().statistics(user_id(NOW, number)).await;
        assert_eq!(saved.unwrap().is_some(), is_there);
    }
}

#[tokio::test]
async fn who_is_gone_is_no_longer_known_by_their_token() {
    let database = database_of_two().await;
    let users = database.users();
    let authenticator = Authenticator {
        tokens: Box::new(TestTokens),
        users: Arc::new(users.clone()),
    };
    let token = user_id(NOW, 1).to_string();
    let identity = authenticator.verify(&token, NOW).await.unwrap();
    let ada = user(&database, 1).await.unwrap();
    assert_eq!(identity.user_id, ada.id());

    delete(&database, &ada).await.unwrap();
    let change = ProfileChange::default();
    for error in [
        authenticator.verify(&token, NOW).await.unwrap_err().into(),
        user(&database, 1).await.unwrap_err(),
        // They were authenticated before they were deleted.
        delete(&database, &ada).await.unwrap_err(),
        change_me(&users, &prices(), &ada, &change, NOW)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.to_string(), Error::USER_GONE.to_string());
    }
    assert_eq!(users.unfinished_deletions().await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_changes_their_profile_sees_it_changed() {
    let database = database_of_two().await;
    let name = Name::parse("Ada King").unwrap();
    let change = ProfileChange {
        name: Some(name.clone()),
        ..Default::default()
    };
    let ada = user(&database, 1).await.unwrap();
    let me = change_me(&database.users(), &prices(), &ada, &change, NOW).await;
    let me = me.unwrap();
    assert_eq!(me.profile.name, name);
    let show = async |number| {
        let user = user(&database, number).await.unwrap();
        show_me(&user, &prices(), NOW)
    };
    assert_eq!(show(1).await, me);
    assert_ne!(show(2).await.profile.name, name);
}
