//! `GET /.well-known/jwks.json`: the public keys that verify access tokens.

use api::rest::Responder;
use bootstrap::config::{ConfigError, Env};
use bootstrap::secrets::TokenKeys;
use lambda_http::http::HeaderValue;
use lambda_http::{Body, Response};

/// How long anybody may keep the answer: what [`TokenKeys`] keeps the keys for itself. A new key
/// should be published for as long before it signs.
const MAX_AGE_SECS: u32 = 300;

/// What the environment says.
#[derive(Debug)]
pub struct Config {
    /// `TOKEN_SECRET`.
    pub token_secret: String,
    /// `ALLOWED_ORIGIN`.
    pub allowed_origin: HeaderValue,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the variable that is missing or bad.
    pub fn read(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            token_secret: env.required("TOKEN_SECRET")?,
            allowed_origin: env.parse("ALLOWED_ORIGIN")?,
        })
    }
}

/// The handler, with what it needs.
pub struct ShowJwks {
    /// The keys.
    pub keys: TokenKeys,
    /// Makes responses.
    pub responder: Responder,
}

impl ShowJwks {
    /// Answers a request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, now_ms: u64) -> Response<Body> {
        self.responder
            .cacheable(&self.keys.jwks(now_ms).await, MAX_AGE_SECS)
    }
}

#[cfg(test)]
mod tests;
