//! `GET /health`: whether requests can be served, which is whether the users table answers.
//!
//! Anybody may ask, and the table is asked by a call that AWS limits for the whole account. So a
//! process asks at most every [`MAX_AGE_MS`] and repeats what it learnt meanwhile.

use std::sync::Mutex;

use api::problem::Problem;
use api::rest::{HealthBody, Responder};
use bootstrap::config::{ConfigError, Env};
use futures_util::future::BoxFuture;
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};

/// How long an answer of the table holds, in milliseconds.
pub const MAX_AGE_MS: u64 = 5_000;

/// What the environment says.
#[derive(Debug)]
pub struct Config {
    /// `USERS_TABLE`.
    pub users_table: String,
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
            users_table: env.required("USERS_TABLE")?,
            allowed_origin: env.parse("ALLOWED_ORIGIN")?,
        })
    }
}

/// Tells whether the table answers.
pub type Check = Box<dyn Fn() -> BoxFuture<'static, app::Result<()>> + Send + Sync>;

/// The handler, with what it needs.
pub struct Health {
    check: Check,
    responder: Responder,
    last: Mutex<Option<(u64, Result<(), Problem>)>>,
}

impl Health {
    /// A handler that has asked nothing yet.
    #[must_use]
    pub fn new(check: Check, responder: Responder) -> Self {
        Self {
            check,
            responder,
            last: Mutex::new(None),
        }
    }

    /// Answers a request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, now_ms: u64) -> Response<Body> {
        let ok = || self.responder.ok(StatusCode::OK, &HealthBody::OK);
        self.responder
            .answer(self.state(now_ms).await.map(|()| ok()))
    }

    async fn state(&self, now_ms: u64) -> Result<(), Problem> {
        if let Some((at_ms, state)) = self.remembered()
            && now_ms.saturating_sub(at_ms) < MAX_AGE_MS
        {
            return state;
        }
        let state = (self.check)().await.map_err(Problem::unhealthy);
        *self
            .last
            .lock()
            .expect("BUG: nothing panics under this lock") = Some((now_ms, state.clone()));
        state
    }

    fn remembered(&self) -> Option<(u64, Result<(), Problem>)> {
        self.last
            .lock()
            .expect("BUG: nothing panics under this lock")
            .clone()
    }
}

#[cfg(test)]
mod tests;
