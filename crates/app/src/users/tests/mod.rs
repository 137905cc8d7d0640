mod deletion;
mod throttle;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::user::{Email, Name, Password, Role};
use domain::{PriceModel, Tick, UserId};

use super::*;
use crate::{Error, Result};
use feed::{Authenticated, VerifyToken};

const NOW: u64 = 1_767_225_600_000;
const PASSWORD: &str = "correct horse battery";

/// Users and attempts in memory, with the counts that a test asks about.
#[derive(Default)]
struct Memory {
    users: Mutex<Vec<NewUser>>,
    attempts: Mutex<HashMap<AttemptKey, Attempts>>,
    overtaken: AtomicUsize,
}

#[async_trait]
impl StoreUser for Memory {
    async fn store_user(&self, user: &NewUser) -> Result<()> {
        let mut users = self.users.lock().unwrap();
        if users
            .iter()
            .any(|other| other.profile.email.key() == user.profile.email.key())
        {
            return Err(Error::EmailTaken);
        }
        users.push(user.clone());
        Ok(())
    }
}

#[async_trait]
impl FindLogin for Memory {
    async fn find_login(&self, email: &Email) -> Result<Option<Login>> {
        let users = self.users.lock().unwrap();
        let user = users
            .iter()
            .find(|user| user.profile.email.key() == email.key());
        Ok(user.map(|user| Login {
            user_id: user.profile.id,
            password_hash: user.password_hash.clone(),
            role: Role::User,
        }))
    }
}

#[async_trait]
impl FindProfile for Memory {
    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        let users = self.users.lock().unwrap();
        Ok(users
            .iter()
            .map(|user| &user.profile)
            .find(|profile| profile.id == id)
            .cloned())
    }
}

#[async_trait]
impl LimitAttempts for Memory {
    async fn attempts(&self, key: &AttemptKey) -> Result<Option<Attempts>> {
        Ok(self.attempts.lock().unwrap().get(key).copied())
    }

    async fn record_attempts(&self, changes: &[RecordedAttempt]) -> Result<bool> {
        if self.overtaken.load(Ordering::Relaxed) > 0 {
            self.overtaken.fetch_sub(1, Ordering::Relaxed);
            return Ok(false);
        }
        let mut attempts = self.attempts.lock().unwrap();
        if changes
            .iter()
            .any(|change| attempts.get(&change.key).copied() != change.seen)
        {
            return Ok(false);
        }
        attempts.extend(
            changes
                .iter()
                .map(|change| (change.key.clone(), change.new)),
        );
        Ok(true)
    }
}

/// A token is the id of its user.
#[async_trait]
impl IssueToken for Memory {
    async fn issue(&self, user: UserId, _role: Role, _now_ms: u64) -> Result<AccessToken> {
        Ok(AccessToken {
            token: user.to_string(),
            expires_in_secs: 3600,
        })
    }
}

#[async_trait]
impl VerifyToken for Memory {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let user_id = UserId::parse(token).map_err(|_| feed::Error::Unauthenticated("no id"))?;
        Ok(Authenticated {
            user_id,
            expires_at: now_ms / 1000 + 3600,
            role: Role::User,
        })
    }
}

fn prices() -> PriceModel {
    PriceModel::new(&[1; 32])
}

fn network(last: u8) -> Network {
    Network::of([203, 0, 113, last].into())
}

async fn register(memory: &Memory, email: &str, id: UserId) -> Result<Registered> {
    let registration = Registration {
        name: Name::parse("Ada").unwrap(),
        email: Email::parse(email).unwrap(),
        phone: None,
        password: Password::parse(PASSWORD).unwrap(),
    };
    register_user(memory, &prices(), registration, id).await
}

async fn log_in(
    memory: &Memory,
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
    login_user(memory, memory, memory, credentials, now_ms).await
}

#[tokio::test]
async fn a_registered_user_has_an_opening_price_and_a_hashed_password() {
    let memory = Memory::default();
    let id = UserId::generate(NOW, &[5; 10]);
    let registered = register(&memory, "Ada@Example.com", id).await.unwrap();
    assert_eq!(registered.price, prices().shareholder(id).opening_price());
    assert_eq!(registered.tick, Tick::at_ms(NOW));
    assert_eq!(registered.profile.created_at_ms(), NOW);
    let stored = memory.users.lock().unwrap()[0].clone();
    assert!(
        stored.password_hash.starts_with("$argon2id$"),
        "{}",
        stored.password_hash
    );
    assert!(!format!("{stored:?}").contains("xample"), "{stored:?}");

    let again = register(&memory, "ada@example.com", UserId::generate(NOW, &[6; 10])).await;
    assert!(matches!(again, Err(Error::EmailTaken)), "{again:?}");
}

#[tokio::test]
async fn me_shows_the_live_price_and_the_change_since_registration() {
    let memory = Memory::default();
    let id = UserId::generate(NOW, &[5; 10]);
    let registered = register(&memory, "ada@example.com", id).await.unwrap();
    let token = id.to_string();
    let now_ms = NOW + 3_600_000;
    let me = show_me(&memory, &memory, &prices(), Some(&token), now_ms)
        .await
        .unwrap();
    assert_eq!(me.profile, registered.profile);
    assert_eq!(me.opening_price, registered.price);
    assert_eq!(me.tick, Tick::at_ms(now_ms));
    assert_eq!(me.price, prices().shareholder(id).price_at(me.tick));
    let difference = me.price.cents().cast_signed() - me.opening_price.cents().cast_signed();
    assert_eq!(me.change.absolute.cents(), difference);
}

#[tokio::test]
async fn me_is_for_users_who_still_exist_and_show_a_token() {
    let memory = Memory::default();
    let deleted = UserId::generate(NOW, &[9; 10]).to_string();
    for token in [None, Some("nonsense"), Some(deleted.as_str())] {
        let me = show_me(&memory, &memory, &prices(), token, NOW).await;
        assert!(
            matches!(me, Err(Error::Unauthenticated(_))),
            "{token:?}: {me:?}"
        );
    }
}

#[tokio::test]
async fn logging_in_takes_the_right_password_in_whatever_case_of_the_address() {
    let memory = Memory::default();
    let id = UserId::generate(NOW, &[5; 10]);
    register(&memory, "ada@example.com", id).await.unwrap();
    let token = log_in(&memory, "ADA@example.com", PASSWORD, 1, NOW)
        .await
        .unwrap();
    assert_eq!(token.token, id.to_string());
    for (email, password) in [
        ("ada@example.com", "wrong"),
        ("ada@example.com", ""),
        ("bob@example.com", PASSWORD),
    ] {
        let refused = log_in(&memory, email, password, 1, NOW)
            .await
            .err()
            .unwrap();
        assert!(matches!(refused, Error::InvalidCredentials), "{refused:?}");
    }
}

#[tokio::test]
async fn a_known_and_an_unknown_address_leave_the_same_traces() {
    let memory = Memory::default();
    register(&memory, "ada@example.com", UserId::generate(NOW, &[5; 10]))
        .await
        .unwrap();
    let mut traces = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        let mut answers = Vec::new();
        for second in 0..8 {
            let now_ms = NOW + second * 100;
            let error = log_in(&memory, email, "wrong", 1, now_ms)
                .await
                .err()
                .unwrap();
            answers.push(error.to_string());
        }
        let mut attempts = memory.attempts.lock().unwrap();
        let mut counts: Vec<_> = attempts
            .drain()
            .map(|(key, counts)| (key.network.is_none(), counts))
            .collect();
        counts.sort_by_key(|(everywhere, _)| *everywhere);
        traces.push((answers, counts));
    }
    assert_eq!(traces[0], traces[1]);
    assert!(
        traces[0].0[7].starts_with("too many attempts"),
        "{:?}",
        traces[0].0
    );
}

#[tokio::test]
async fn a_login_takes_its_own_attempt_back_and_no_other() {
    let memory = Memory::default();
    register(&memory, "ada@example.com", UserId::generate(NOW, &[5; 10]))
        .await
        .unwrap();
    assert!(
        log_in(&memory, "ada@example.com", "wrong", 2, NOW)
            .await
            .is_err()
    );
    for _ in 0..20 {
        log_in(&memory, "ada@example.com", PASSWORD, 1, NOW)
            .await
            .unwrap();
    }
    let attempts = memory.attempts.lock().unwrap();
    let failures = |from: Option<u8>| {
        let network = from.map(network);
        attempts[&AttemptKey {
            email: "ada@example.com".to_owned(),
            network,
        }]
            .failures
    };
    assert_eq!(
        (failures(Some(1)), failures(Some(2)), failures(None)),
        (0, 1, 1)
    );
}

#[tokio::test]
async fn an_attempt_that_others_overtake_is_counted_anew_or_refused() {
    let memory = Memory::default();
    register(&memory, "ada@example.com", UserId::generate(NOW, &[5; 10]))
        .await
        .unwrap();
    memory.overtaken.store(2, Ordering::Relaxed);
    log_in(&memory, "ada@example.com", PASSWORD, 1, NOW)
        .await
        .unwrap();
    memory.overtaken.store(1000, Ordering::Relaxed);
    let refused = log_in(&memory, "ada@example.com", PASSWORD, 1, NOW)
        .await
        .err()
        .unwrap();
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
