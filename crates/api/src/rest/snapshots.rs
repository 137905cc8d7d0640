use app::snapshots::{IdempotencyKey, SnapshotStatus};
use app::{Error, FieldError};
use domain::{Price, Snapshot, SnapshotId};
use lambda_http::Request;
use serde::Serialize;

use super::Fields;
use super::scalars::{Text, TickNumber};
use crate::instant::Instant;
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
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let refused = |detail: String| {
        Problem::from(Error::Invalid(vec![FieldError {
            field: "Idempotency-Key".to_owned(),
            detail,
        }]))
    };
    let key = IdempotencyKey::parse(value.to_str().unwrap_or_default());
    key.map(Some).map_err(|error| refused(error.to_string()))
}

/// A snapshot that is being saved.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SnapshotRequestedBody {
    snapshot_id: Text<SnapshotId>,
    price: Text<Price>,
    tick: TickNumber,
    /// Relative to the API's base URL, as all paths of the API are.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uri-reference")))]
    status_url: String,
}

/// A snapshot, saved or still being saved.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "SnapshotStatus"))]
pub struct SnapshotBody {
    id: Text<SnapshotId>,
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = ["pending", "saved"])))]
    status: &'static str,
    price: Text<Price>,
    tick: TickNumber,
    requested_at: Instant,
    /// Absent while the snapshot is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "Instant"))]
    saved_at: Option<Instant>,
}

impl From<&Snapshot> for SnapshotRequestedBody {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            snapshot_id: snapshot.id.into(),
            price: snapshot.price.into(),
            tick: snapshot.id.tick().into(),
            status_url: format!("/api/v1/users/snapshots/{}", snapshot.id),
        }
    }
}

impl From<&SnapshotStatus> for SnapshotBody {
    fn from(status: &SnapshotStatus) -> Self {
        let snapshot = status.snapshot;
        Self {
            id: snapshot.id.into(),
            status: match status.saved_at_ms {
                Some(_) => "saved",
                None => "pending",
            },
            price: snapshot.price.into(),
            tick: snapshot.id.tick().into(),
            requested_at: Instant(snapshot.id.requested_at_ms()),
            saved_at: status.saved_at_ms.map(Instant),
        }
    }
}

#[cfg(feature = "openapi")]
pub(super) fn describe(api: &mut crate::openapi::operations::Api) {
    use serde_json::json;

    let id = "019b76db-9f12-7101-8101-010101010101";
    let key = json!({"type": "string", "minLength": 1, "maxLength": IdempotencyKey::MAX_LEN, "pattern": "^[ -~]+$"});

    api.operation(
        "post",
        "/api/v1/users/save-snapshot",
        "saveSnapshot",
        "snapshots",
    )
    .with_token()
    .summary("Save the live price")
    .description(
        "Asks to save the caller's price at the current tick. It takes no fields: nobody chooses \
             their price. After a 503 the snapshot may be saved all the same, if only an answer was \
             lost: repeat the request with the same key.",
    )
    .parameter(
        "header",
        "Idempotency-Key",
        "A request that is repeated with the same key within a day stands for the same \
             snapshot.",
        json!({"schema": key}),
    )
    .no_fields()
    .answers::<SnapshotRequestedBody>(
        202,
        "The request is stored and will not be lost: the snapshot is saved a moment later.",
        json!({
            "snapshot_id": id, "price": "101.66", "tick": 353445132,
            "status_url": format!("/api/v1/users/snapshots/{id}"),
        }),
    );
    api.operation(
        "get",
        "/api/v1/users/snapshots/{id}",
        "snapshotStatus",
        "snapshots",
    )
    .with_token()
    .summary("Whether a snapshot is pending or saved")
    .id("The snapshot's id.", id)
    .answers::<SnapshotBody>(
        200,
        "One of the caller's snapshots. A request that is still pending is remembered for a week.",
        json!({
            "id": id, "status": "saved", "price": "101.66", "tick": 353445132,
            "requested_at": "2026-01-01T00:01:03.250Z",
            "saved_at": "2026-01-01T00:01:03.327Z",
        }),
    )
    .problem(Error::SnapshotNotFound);
}
