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
mod sessions;
mod snapshots;
#[cfg(feature = "test-events")]
pub mod test_events;

pub use alerts::*;
pub use analytics::*;
pub use format::*;
pub use health::*;
pub use login::*;
pub use me::*;
pub use prices::*;
pub use register::*;
pub use request::*;
pub use response::*;
pub use sessions::{
    CookieSecurity, SessionCookie, SessionsBody, check_site, cookie_request, new_password,
};
pub use snapshots::*;

/// Describes every route of REST.
#[cfg(feature = "openapi")]
pub(crate) fn describe(api: &mut crate::openapi::operations::Api) {
    register::openapi::describe(api);
    login::openapi::describe(api);
    sessions::openapi::describe(api);
    me::openapi::describe(api);
    snapshots::describe(api);
    alerts::openapi::describe(api);
    analytics::openapi::describe(api);
    prices::openapi::describe(api);
    health::describe(api);
}
