//! `GET /api/v1/users/snapshots/{id}`: whether a snapshot of the caller is pending or saved.

use std::sync::Arc;

use api::problem::Problem;
use api::rest::{Responder, SnapshotBody, bearer_token};
use app::snapshots::{Snapshots, find_snapshot};
use app::users::Authenticator;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, RequestExt as _, Response};

/// The handler, with what it needs.
pub struct ShowStatus {
    /// Tells who the caller is.
    pub authenticator: Authenticator,
    /// Where snapshots are found.
    pub snapshots: Arc<dyn Snapshots>,
    /// Makes responses.
    pub responder: Responder,
}

impl ShowStatus {
    /// Answers one request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, request: &Request, now_ms: u64) -> Response<Body> {
        self.responder.answer(self.show(request, now_ms).await)
    }

    async fn show(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let parameters = request.path_parameters();
        let id = parameters.first("id").unwrap_or_default();
        let token = bearer_token(request);
        let status =
            find_snapshot(&self.authenticator, &*self.snapshots, token, id, now_ms).await?;
        Ok(self
            .responder
            .ok(StatusCode::OK, &SnapshotBody::from(&status)))
    }
}

#[cfg(test)]
mod tests;
