//! `DELETE /api/v1/users/me`: deletes the caller.
//!
//! It answers once the account is gone and what else is kept of the user is erased, or is sure to be: what
//! takes longer is the business of `erase-users`.

use api::problem::Problem;
use api::rest::{Responder, bearer_token, no_fields};
use app::users::DeleteUser;
use lambda_http::{Body, Request, Response};

/// The handler, with what it needs.
pub struct DeleteMe {
    /// The use case.
    pub delete: DeleteUser,
    /// Makes responses.
    pub responder: Responder,
}

impl DeleteMe {
    /// Answers one request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, request: &Request, now_ms: u64) -> Response<Body> {
        self.responder.answer(self.delete(request, now_ms).await)
    }

    async fn delete(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        no_fields(request)?;
        self.delete.delete(bearer_token(request), now_ms).await?;
        Ok(self.responder.no_content())
    }
}

#[cfg(test)]
mod tests;
