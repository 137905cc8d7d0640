//! `GET /api/v1/users/me`: the caller's profile with the live price.
//!
//! It reads the profile and nothing else: the price is computed.

use std::sync::Arc;

use api::problem::Problem;
use api::rest::{MeBody, Responder, bearer_token};
use app::users::{Users, show_me};
use bootstrap::config::{ConfigError, Env};
use domain::PriceModel;
use feed::VerifyToken;
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Request, Response};

/// What the environment says.
#[derive(Debug)]
pub struct Config {
    /// `USERS_TABLE`.
    pub users_table: String,
    /// `TOKEN_SECRET`.
    pub token_secret: String,
    /// `PRICE_SECRET`.
    pub price_secret: String,
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
            price_secret: env.required("PRICE_SECRET")?,
            allowed_origin: env.parse("ALLOWED_ORIGIN")?,
        })
    }
}

/// The handler, with what it needs.
pub struct ShowMe {
    /// Verifies the caller's token.
    pub tokens: Box<dyn VerifyToken>,
    /// Where profiles are found.
    pub users: Arc<dyn Users>,
    /// Gives the price.
    pub prices: PriceModel,
    /// Makes responses.
    pub responder: Responder,
}

impl ShowMe {
    /// Answers one request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, request: &Request, now_ms: u64) -> Response<Body> {
        self.responder.answer(self.show(request, now_ms).await)
    }

    async fn show(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let token = bearer_token(request);
        let me = show_me(&*self.tokens, &*self.users, &self.prices, token, now_ms).await?;
        Ok(self.responder.ok(StatusCode::OK, &MeBody::from(&me)))
    }
}

#[cfg(test)]
mod tests;
