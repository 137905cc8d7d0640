//! REST requests and responses: strict decoding, the wire types of every route, and headers that
//! every answer carries.

mod alerts;
mod request;
mod response;
mod snapshots;
#[cfg(any(test, feature = "test-events"))]
pub mod test_events;
mod wire;

pub(crate) use alerts::ConditionBody;
pub use alerts::{AlertBody, AlertsBody, alert_url, new_alert, route};
pub use request::{Fields, MAX_BODY_BYTES, RequestError, bearer_token, network};
pub use response::Responder;
pub use snapshots::{SnapshotBody, SnapshotRequestedBody, idempotency_key, no_fields};
pub use wire::{HealthBody, MeBody, RegisteredBody, TokenBody, credentials, registration};
