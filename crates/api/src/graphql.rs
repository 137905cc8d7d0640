//! GraphQL over HTTP as its specification says (<https://github.com/graphql/graphql-over-http>, the draft of August
//! 2026): requests, the media type of responses, and the status of each.

#[cfg(feature = "openapi")]
mod openapi;
mod request;
mod response;

#[cfg(feature = "openapi")]
pub(crate) use openapi::describe;
pub use request::{GraphqlRequest, Malformed, graphql_request, parameters};
pub use response::{GraphqlResponder, ResponseMedia, media_type, wants_page};

#[cfg(test)]
mod tests;
