//! The GraphQL schema and its resolvers, on the use cases that REST calls too: nothing is done here twice.
//!
//! It knows no HTTP and no WebSocket: whoever serves it hands in a [`Request`] and a [`Caller`], and turns what comes
//! of it into answers of the transport.

mod alert;
mod analytics;
mod canonical;
mod change;
mod context;
mod cursor;
mod document;
mod error;
mod input;
mod limits;
mod live;
mod market;
mod mutation;
mod node;
mod page;
mod plan;
mod query;
mod result;
mod scalars;
mod schema;
mod selection;
mod snapshot;
mod subscription;
mod user;
mod variables;

pub use context::{Caller, UseCases};
pub use limits::{
    MAX_ALIASES, MAX_COMPLEXITY, MAX_DEPTH, MAX_DIRECTIVES, MAX_INTROSPECTION_DEPTH, MAX_NESTING,
    MAX_OPERATION_BYTES, MAX_SELECTIONS,
};
pub use live::LiveSchema;
pub use plan::SubscriptionPlan;
pub use schema::{ExecutionResult, OperationType, Prepared, Rejected, Request, Schema, sdl};

#[cfg(test)]
mod tests;
