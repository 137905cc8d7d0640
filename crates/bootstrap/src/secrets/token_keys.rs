use std::sync::Arc;

use api::token::{JwkSet, KeySet, LIFETIME_SECS, TokenError};
use app::users::{AccessToken, Tokens};
use app::{Error, Result};
use async_trait::async_trait;
use domain::UserId;
use domain::user::Role;
use feed::Authenticated;
use feed::VerifyToken;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{SecretError, Secrets};

/// The secret is read again once it is this old: a new active key signs, and a removed key stops
/// being accepted, at most this much later.
const MAX_AGE_MS: u64 = 300_000;
/// A token with an unknown key may be signed with one rolled in since, so the secret is read again, but
/// no oftener than this: anybody can make up key ids.
const MIN_AGE_MS: u64 = 60_000;

/// The token keys, cached between invocations.
///
/// When Secrets Manager fails, the keys read last stay in use.
pub struct TokenKeys {
    source: Box<dyn ReadSecret>,
    id: String,
    state: Mutex<State>,
}

struct State {
    keys: Arc<KeySet>,
    /// When the secret was last asked for, successfully or not.
    asked_at_ms: u64,
}

/// Where the text of a secret comes from.
#[async_trait]
pub trait ReadSecret: Send + Sync {
    /// The text of the secret with this id or ARN.
    async fn read_secret(&self, id: &str) -> Result<String, SecretError>;
}

#[async_trait]
impl ReadSecret for Secrets {
    async fn read_secret(&self, id: &str) -> Result<String, SecretError> {
        self.read(id).await
    }
}

impl TokenKeys {
    /// Reads the secret for the first time, at `now_ms` (milliseconds since the Unix epoch).
    ///
    /// # Errors
    /// If the secret can't be read or holds no usable keys.
    pub async fn load(
        source: Box<dyn ReadSecret>,
        id: &str,
        now_ms: u64,
    ) -> Result<Self, SecretError> {
        let keys = Arc::new(read(source.as_ref(), id).await?);
        let state = Mutex::new(State {
            keys,
            asked_at_ms: now_ms,
        });
        Ok(Self {
            source,
            id: id.to_owned(),
            state,
        })
    }

    /// The public keys, at most five minutes old.
    pub async fn jwks(&self, now_ms: u64) -> JwkSet {
        self.keys(now_ms, MAX_AGE_MS).await.jwks()
    }

    /// The keys, read again first if they are older than `max_age_ms`.
    async fn keys(&self, now_ms: u64, max_age_ms: u64) -> Arc<KeySet> {
        let mut state = self.state.lock().await;
        if now_ms.saturating_sub(state.asked_at_ms) >= max_age_ms {
            state.asked_at_ms = now_ms;
            match read(self.source.as_ref(), &self.id).await {
                Ok(keys) => state.keys = Arc::new(keys),
                Err(error) => {
                    tracing::error!(%error, "refreshing the token keys failed, keeping those read last")
                }
            }
        }
        Arc::clone(&state.keys)
    }
}

#[async_trait]
impl Tokens for TokenKeys {
    async fn issue(&self, user: UserId, role: Role, now_ms: u64) -> Result<AccessToken> {
        let keys = self.keys(now_ms, MAX_AGE_MS).await;
        let token = keys
            .sign(user, role, Uuid::now_v7(), now_ms / 1000)
            .map_err(|error| Error::Internal {
                what: "signing a token",
                source: Box::new(error),
            })?;
        Ok(AccessToken {
            token,
            expires_in_secs: LIFETIME_SECS,
        })
    }
}

#[async_trait]
impl VerifyToken for TokenKeys {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let now = now_ms / 1000;
        let keys = self.keys(now_ms, MAX_AGE_MS).await;
        let verified = match keys.verify(token, now) {
            Err(TokenError::UnknownKey) => self.keys(now_ms, MIN_AGE_MS).await.verify(token, now),
            verified => verified,
        }?;
        Ok(Authenticated {
            user_id: verified.user_id,
            expires_at: verified.expires_at,
            role: verified.role,
        })
    }
}

async fn read(source: &dyn ReadSecret, id: &str) -> Result<KeySet, SecretError> {
    let text = source.read_secret(id).await?;
    KeySet::parse(&text).map_err(|error| SecretError::Unusable {
        id: id.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
