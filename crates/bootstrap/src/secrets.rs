//! Secrets, read from Secrets Manager: the price model's key at cold start, the token keys again and
//! again, so that a key can be rolled in or revoked while functions run.

mod token_keys;

use std::fmt;
use std::sync::Arc;

use api::origin::Origin;
use api::rest::SessionCookie;
use api::token::RefreshKey;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use domain::PriceModel;

use crate::config::{KeySecrets, OriginSecret, PriceSecret, SessionCookies, TokenSecret};

pub use token_keys::{ReadSecret, TokenKeys};

/// A secret that keys something must hold at least this many bytes: what an ideal 256-bit key has.
const MIN_KEY_BYTES: usize = 32;

/// Why a secret can't be used. The secret's text is in none of them.
#[derive(thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not give it.
    #[error("secret {id} can't be read: {reason}")]
    Unreadable {
        /// Id or ARN.
        id: String,
        /// The chain of causes.
        reason: String,
    },
    /// It is there and is not what it should be.
    #[error("secret {id} can't be used: {reason}")]
    Unusable {
        /// Id or ARN.
        id: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

/// `main` prints the error that it returns with `Debug`, so this is the sentence meant for people.
impl fmt::Debug for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads secrets by id or ARN.
#[derive(Debug, Clone)]
pub struct Secrets {
    client: Client,
}

impl Secrets {
    /// A reader on the given configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    /// The text of a secret.
    ///
    /// # Errors
    /// If Secrets Manager can't be reached, refuses, or holds no text under this id.
    pub async fn read(&self, id: &str) -> Result<String, SecretError> {
        let output = self
            .client
            .get_secret_value()
            .secret_id(id)
            .send()
            .await
            .map_err(|error| SecretError::Unreadable {
                id: id.to_owned(),
                reason: DisplayErrorContext(error).to_string(),
            })?;
        output.secret_string.ok_or_else(|| SecretError::Unusable {
            id: id.to_owned(),
            reason: "it is binary; it must be text".to_owned(),
        })
    }

    /// The price model keyed with the secret.
    ///
    /// # Errors
    /// If the secret can't be read or is shorter than 32 bytes.
    pub async fn price_model(
        &self,
        PriceSecret(id): &PriceSecret,
    ) -> Result<PriceModel, SecretError> {
        let secret = self.key(id).await?;
        Ok(PriceModel::new(secret.as_bytes()))
    }

    /// The cookie of sessions, whose tokens are keyed with the secret.
    ///
    /// # Errors
    /// If the secret can't be read or is shorter than 32 bytes.
    pub async fn session_cookie(
        &self,
        cookies: &SessionCookies,
    ) -> Result<SessionCookie, SecretError> {
        let secret = self.key(&cookies.secret).await?;
        Ok(SessionCookie {
            key: RefreshKey::new(secret.as_bytes()),
            security: cookies.security,
        })
    }

    /// What tells where clients are, although they come through the CDN.
    ///
    /// # Errors
    /// If the secret can't be read or is shorter than 32 bytes.
    pub async fn origin(&self, OriginSecret(id): &OriginSecret) -> Result<Origin, SecretError> {
        Ok(Origin::known_by(&self.key(id).await?))
    }

    /// The token keys and the cookie of sessions, read at the same time.
    ///
    /// # Errors
    /// As [`Secrets::token_keys`] and [`Secrets::session_cookie`].
    pub async fn keys_and_cookie(
        &self,
        tokens: &TokenSecret,
        cookies: &SessionCookies,
    ) -> Result<(Arc<TokenKeys>, SessionCookie), SecretError> {
        tokio::try_join!(self.token_keys(tokens), self.session_cookie(cookies))
    }

    /// A secret that keys something.
    async fn key(&self, id: &str) -> Result<String, SecretError> {
        let secret = self.read(id).await?;
        if secret.len() < MIN_KEY_BYTES {
            return Err(SecretError::Unusable {
                id: id.to_owned(),
                reason: format!("it must be at least {MIN_KEY_BYTES} bytes long"),
            });
        }
        Ok(secret)
    }

    /// The token keys, read once now and again as [`TokenKeys`] says.
    ///
    /// # Errors
    /// If the secret can't be read or holds no usable keys.
    pub async fn token_keys(
        &self,
        TokenSecret(id): &TokenSecret,
    ) -> Result<Arc<TokenKeys>, SecretError> {
        let keys = TokenKeys::load(Box::new(self.clone()), id, crate::clock::now_ms()).await?;
        Ok(Arc::new(keys))
    }

    /// The token keys and the price model, read at the same time.
    ///
    /// # Errors
    /// As [`Secrets::token_keys`] and [`Secrets::price_model`].
    pub async fn keys_and_prices(
        &self,
        secrets: &KeySecrets,
    ) -> Result<(Arc<TokenKeys>, PriceModel), SecretError> {
        tokio::try_join!(
            self.token_keys(&secrets.tokens),
            self.price_model(&secrets.prices)
        )
    }
}
