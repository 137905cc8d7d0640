use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex};

use super::*;

const ONE: &str = r#"{"active":"k1","k1":"one one one one one one one one one"}"#;
const BOTH: &str = r#"{"active":"k2","k1":"one one one one one one one one one","k2":"two two two two two two two two two"}"#;
const TWO: &str = r#"{"active":"k2","k2":"two two two two two two two two two"}"#;
const START: u64 = 1_767_225_600_000;

/// A secret that the test can change, or take away.
#[derive(Clone)]
struct FakeSecret {
    text: Arc<StdMutex<Option<&'static str>>>,
    reads: Arc<AtomicUsize>,
}

impl FakeSecret {
    fn new(text: &'static str) -> Self {
        Self {
            text: Arc::new(StdMutex::new(Some(text))),
            reads: Arc::default(),
        }
    }

    fn set(&self, text: Option<&'static str>) {
        *self.text.lock().unwrap() = text;
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    async fn keys(&self) -> TokenKeys {
        TokenKeys::load(Box::new(self.clone()), "token-secret", START)
            .await
            .unwrap()
    }
}

#[async_trait]
impl ReadSecret for FakeSecret {
    async fn read_secret(&self, id: &str) -> Result<String, SecretError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.text
            .lock()
            .unwrap()
            .map(str::to_owned)
            .ok_or_else(|| SecretError::Unreadable {
                id: id.to_owned(),
                reason: "down".to_owned(),
            })
    }
}

fn user() -> UserId {
    UserId::generate(START, &[7; 10])
}

#[tokio::test]
async fn a_token_of_a_key_rolled_in_since_is_accepted_at_the_first_try() {
    let (old, rolled) = (FakeSecret::new(ONE), FakeSecret::new(BOTH));
    let verifier = old.keys().await;
    let token = rolled
        .keys()
        .await
        .issue(user(), Role::User, START)
        .await
        .unwrap()
        .token;
    old.set(Some(BOTH));
    let verified = verifier.verify(&token, START + MIN_AGE_MS).await.unwrap();
    assert_eq!(verified.user_id, user());
    assert_eq!(verified.expires_at, START / 1000 + LIFETIME_SECS);
    assert_eq!(old.reads(), 2);
}

#[tokio::test]
async fn made_up_keys_cause_one_read_a_minute() {
    let secret = FakeSecret::new(ONE);
    let verifier = secret.keys().await;
    let token = FakeSecret::new(TWO)
        .keys()
        .await
        .issue(user(), Role::User, START)
        .await
        .unwrap()
        .token;
    for (seconds, reads) in [(0, 1), (59, 1), (60, 2), (61, 2), (119, 2), (120, 3)] {
        let error = verifier
            .verify(&token, START + seconds * 1000)
            .await
            .unwrap_err();
        assert!(
            matches!(error, feed::Error::Unauthenticated(_)),
            "{error:?}"
        );
        assert_eq!(secret.reads(), reads, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_new_active_key_signs_and_a_removed_one_is_refused_within_five_minutes() {
    let secret = FakeSecret::new(ONE);
    let keys = secret.keys().await;
    let old = keys.issue(user(), Role::User, START).await.unwrap().token;
    secret.set(Some(TWO));
    keys.verify(&old, START + MAX_AGE_MS - 1).await.unwrap();
    let error = keys.verify(&old, START + MAX_AGE_MS).await.unwrap_err();
    assert!(
        matches!(error, feed::Error::Unauthenticated(_)),
        "{error:?}"
    );
    let new = keys
        .issue(user(), Role::User, START + MAX_AGE_MS)
        .await
        .unwrap()
        .token;
    FakeSecret::new(TWO)
        .keys()
        .await
        .verify(&new, START + MAX_AGE_MS)
        .await
        .unwrap();
    assert_eq!(secret.reads(), 2);
}

#[tokio::test]
async fn keys_stay_in_use_while_the_secret_cannot_be_read() {
    let secret = FakeSecret::new(ONE);
    let keys = secret.keys().await;
    let token = keys.issue(user(), Role::User, START).await.unwrap().token;
    for broken in [None, Some("{}")] {
        secret.set(broken);
        keys.verify(&token, START + MAX_AGE_MS).await.unwrap();
    }
    assert_eq!(secret.reads(), 2, "a failed read is not repeated at once");
}

#[tokio::test]
async fn a_bad_secret_is_named_and_not_shown() {
    let secret = FakeSecret::new(r#"{"active":"k1","k1":"short"}"#);
    let error = TokenKeys::load(Box::new(secret), "token-secret", START)
        .await
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "secret token-secret can't be used: its key \"k1\" has fewer than 32 characters"
    );
}
