//! `POST /api/v1/users/save-snapshot`: takes the caller's live price and asks, through Kafka, to save it.
//!
//! It answers once Kafka has acknowledged. Saving itself is the business of `snapshot-writer`.

use api::problem::Problem;
use api::rest::{Responder, SnapshotRequestedBody, bearer_token, idempotency_key, no_fields};
use app::snapshots;
use domain::SnapshotId;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use uuid::Uuid;

/// The handler, with what it needs.
pub struct SaveSnapshot {
    /// The use case.
    pub save: snapshots::SaveSnapshot,
    /// Makes responses.
    pub responder: Responder,
}

impl SaveSnapshot {
    /// Answers one request; the snapshot gets this id, whose instant is that of the request.
    pub async fn handle(&self, request: &Request, id: SnapshotId) -> Response<Body> {
        self.responder.answer(self.save(request, id).await)
    }

    async fn save(&self, request: &Request, id: SnapshotId) -> Result<Response<Body>, Problem> {
        no_fields(request)?;
        let key = idempotency_key(request)?;
        let saved = self.save.save(bearer_token(request), key.as_ref(), id);
        let body = SnapshotRequestedBody::from(&saved.await?);
        Ok(self.responder.ok(StatusCode::ACCEPTED, &body))
    }
}

/// The id of a snapshot that is asked for now.
///
/// # Panics
/// Never: the UUID is of the version that an id has to be.
#[must_use]
pub fn new_snapshot_id() -> SnapshotId {
    SnapshotId::from_uuid(Uuid::now_v7()).expect("BUG: now_v7 makes version 7")
}

#[cfg(test)]
mod tests;
