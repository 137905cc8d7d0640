//! `PATCH /api/v1/users/me`: changes the caller's name, telephone number and notifications.
//!
//! It answers what `GET /api/v1/users/me` then shows.

use api::problem::Problem;
use api::rest::{MeBody, Responder, bearer_token, profile_change};
use app::users::{Users, change_me};
use domain::PriceModel;
use feed::VerifyToken;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

/// The handler, with what it needs.
pub struct UpdateMe {
    /// Verifies the caller's token.
    pub tokens: Box<dyn VerifyToken>,
    /// Where profiles are changed.
    pub users: Box<dyn Users>,
    /// Gives the price.
    pub prices: PriceModel,
    /// Makes responses.
    pub responder: Responder,
}

impl UpdateMe {
    /// Answers one request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, request: &Request, now_ms: u64) -> Response<Body> {
        self.responder.answer(self.update(request, now_ms).await)
    }

    async fn update(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let change = profile_change(request)?;
        let (tokens, users) = (&*self.tokens, &*self.users);
        let token = bearer_token(request);
        let me = change_me(tokens, users, &self.prices, token, &change, now_ms).await?;
        Ok(self.responder.ok(StatusCode::OK, &MeBody::from(&me)))
    }
}

#[cfg(test)]
mod tests;
