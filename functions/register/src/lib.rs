//! `POST /api/v1/users/register`: stores a new user and assigns the opening price.
//!
//! It publishes nothing: the stored user carries the mark by which the registration gets published.

use api::problem::Problem;
use api::rest::{RegisteredBody, Responder, registration};
use app::users::{Users, register_user};
use bootstrap::config::{ConfigError, Env};
use domain::{PriceModel, UserId};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Request, Response};
use uuid::Uuid;

/// What the environment says.
#[derive(Debug)]
pub struct Config {
    /// `USERS_TABLE`.
    pub users_table: String,
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
            price_secret: env.required("PRICE_SECRET")?,
            allowed_origin: env.parse("ALLOWED_ORIGIN")?,
        })
    }
}

/// The handler, with what it needs.
pub struct Register {
    /// Where users are stored.
    pub users: Box<dyn Users>,
    /// Gives the opening price.
    pub prices: PriceModel,
    /// Makes responses.
    pub responder: Responder,
}

impl Register {
    /// Answers one request; a user who registers gets this id.
    pub async fn handle(&self, request: &Request, id: UserId) -> Response<Body> {
        self.responder.answer(self.register(request, id).await)
    }

    async fn register(&self, request: &Request, id: UserId) -> Result<Response<Body>, Problem> {
        let registration = registration(request)?;
        let registered = register_user(&*self.users, &self.prices, registration, id).await?;
        Ok(self
            .responder
            .ok(StatusCode::CREATED, &RegisteredBody::from(&registered)))
    }
}

/// The id of a user who registers now.
///
/// # Panics
/// Never: the UUID is of the version that an id has to be.
#[must_use]
pub fn new_user_id() -> UserId {
    UserId::from_uuid(Uuid::now_v7()).expect("BUG: now_v7 makes version 7")
}

#[cfg(test)]
mod tests;
