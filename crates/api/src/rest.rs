//! REST requests and responses: strict decoding, the wire types of every route, and headers that
//! every answer carries.

mod alerts;
mod analytics;
mod format;
mod profile;
mod request;
mod response;
mod snapshots;
#[cfg(any(test, feature = "test-events"))]
pub mod test_events;
#[cfg(any(test, feature = "test-events"))]
pub mod test_users;
mod wire;

pub(crate) use alerts::ConditionBody;
pub use alerts::{AlertBody, AlertsBody, alert_url, new_alert, route};
pub use analytics::{AnalyticsBody, PricesBody, history_request, price_request};
pub(crate) use format::accepted;
pub use format::{Format, Table, format};
pub use profile::profile_change;
pub use request::{Fields, MAX_BODY_BYTES, RequestError, bearer_token, network, network_of};
pub(crate) use request::{JSON, kind, members};
pub use response::Responder;
pub use snapshots::{SnapshotBody, SnapshotRequestedBody, idempotency_key, no_fields};
use wire::ChangeBody;
pub use wire::{HealthBody, MeBody, RegisteredBody, TokenBody, credentials, registration};
