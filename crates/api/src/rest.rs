//! REST requests and responses: strict decoding, the wire types of every route, and headers that
//! every answer carries.

mod alerts;
mod analytics;
mod cursor;
mod format;
mod health;
mod login;
mod me;
mod prices;
mod register;
mod request;
mod response;
mod scalars;
mod snapshots;
#[cfg(feature = "test-events")]
pub mod test_events;

pub(crate) use alerts::ConditionBody;
pub use alerts::{AlertBody, AlertsBody, alert_url, new_alert, route};
pub use analytics::{AnalyticsBody, history_request};
pub(crate) use format::accepted;
pub use format::{Format, Table, format};
pub use health::HealthBody;
pub use login::{TokenBody, credentials};
use me::{ChangeBody, ProfileBody};
pub use me::{MeBody, profile_change};
pub use prices::{PricesBody, price_request};
pub use register::{RegisteredBody, registration};
pub use request::{Fields, MAX_BODY_BYTES, RequestError, bearer_token, network, network_of};
pub(crate) use request::{JSON, kind, members};
pub use response::Responder;
pub use snapshots::{SnapshotBody, SnapshotRequestedBody, idempotency_key, no_fields};

/// Describes every route of REST.
#[cfg(feature = "openapi")]
pub(crate) fn describe(api: &mut crate::openapi::Api) {
    register::openapi::describe(api);
    login::openapi::describe(api);
    me::openapi::describe(api);
    snapshots::describe(api);
    alerts::openapi::describe(api);
    analytics::openapi::describe(api);
    prices::openapi::describe(api);
    health::describe(api);
}
