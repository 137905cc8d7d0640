//! `POST /api/v1/users/login`: exchanges an email address and its password for an access token.
//!
//! An unknown address and a wrong password get the same answer after the same work.

use api::problem::Problem;
use api::rest::{Responder, TokenBody, credentials};
use app::users::{LoginAttempts, Tokens, Users, login_user};
use bootstrap::config::{ConfigError, Env};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Request, Response};

/// What the environment says.
#[derive(Debug)]
pub struct Config {
    /// `USERS_TABLE`.
    pub users_table: String,
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
            users_table: env.required("USERS_TABLE")?,
            token_secret: env.required("TOKEN_SECRET")?,
            allowed_origin: env.parse("ALLOWED_ORIGIN")?,
        })
    }
}

/// The handler, with what it needs.
pub struct Login {
    /// Where logins are found.
    pub users: Box<dyn Users>,
    /// Where attempts are counted.
    pub attempts: Box<dyn LoginAttempts>,
    /// Issues the token.
    pub tokens: Box<dyn Tokens>,
    /// Makes responses.
    pub responder: Responder,
}

impl Login {
    /// Answers one request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, request: &Request, now_ms: u64) -> Response<Body> {
        self.responder.answer(self.login(request, now_ms).await)
    }

    async fn login(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let credentials = credentials(request)?;
        let (users, attempts, tokens) = (&*self.users, &*self.attempts, &*self.tokens);
        let token = login_user(users, attempts, tokens, credentials, now_ms).await?;
        Ok(self.responder.ok(StatusCode::OK, &TokenBody::from(token)))
    }
}

#[cfg(test)]
mod tests;
