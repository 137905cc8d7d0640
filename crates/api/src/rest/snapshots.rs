use app::snapshots::{IdempotencyKey, SnapshotStatus};
use app::{Error, FieldError};
use domain::Snapshot;
use lambda_http::Request;
use serde::Serialize;

use super::Fields;
use crate::instant::rfc3339;
use crate::problem::Problem;

/// The header by which a client recognises its own request when it sends it again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Reads the body of a request that takes no fields: nothing at all, or an empty object.
///
/// # Errors
/// The problem with the request; every field is one.
pub fn no_fields(request: &Request) -> Result<(), Problem> {
    let body: &[u8] = request.body().as_ref();
    if body.is_empty() {
        return Ok(());
    }
    Ok(Fields::read(request)?.finish(|| Some(()))?)
}

/// Reads the `Idempotency-Key` header, if there is one.
///
/// # Errors
/// The problem with it.
pub fn idempotency_key(request: &Request) -> Result<Option<IdempotencyKey>, Problem> {
    let mut given = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = given.next() else {
        return Ok(None);
    };
    let refused = |detail: String| {
        Problem::from(Error::Invalid(vec![FieldError {
            field: "Idempotency-Key".to_owned(),
            detail,
        }]))
    };
    if given.next().is_some() {
        return Err(refused("is given more than once".to_owned()));
    }
    let key = IdempotencyKey::parse(value.to_str().unwrap_or_default());
    key.map(Some).map_err(|error| refused(error.to_string()))
}

/// Answers `POST /api/v1/users/save-snapshot`. The status URL is relative to the API's base URL, as all paths
/// of the API are.
#[derive(Debug, Serialize)]
pub struct SnapshotRequestedBody {
    snapshot_id: String,
    price: String,
    tick: u64,
    status_url: String,
}

/// Answers `GET /api/v1/users/snapshots/{id}`.
#[derive(Debug, Serialize)]
pub struct SnapshotBody {
    id: String,
    status: &'static str,
    price: String,
    tick: u64,
    requested_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_at: Option<String>,
}

impl From<&Snapshot> for SnapshotRequestedBody {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            snapshot_id: snapshot.id.to_string(),
            price: snapshot.price.to_string(),
            tick: snapshot.id.tick().get(),
            status_url: format!("/api/v1/users/snapshots/{}", snapshot.id),
        }
    }
}

impl From<&SnapshotStatus> for SnapshotBody {
    fn from(status: &SnapshotStatus) -> Self {
        let snapshot = status.snapshot;
        Self {
            id: snapshot.id.to_string(),
            status: match status.saved_at_ms {
                Some(_) => "saved",
                None => "pending",
            },
            price: snapshot.price.to_string(),
            tick: snapshot.id.tick().get(),
            requested_at: rfc3339(snapshot.id.requested_at_ms()),
            saved_at: status.saved_at_ms.map(rfc3339),
        }
    }
}
