//! GraphQL subscriptions on the wire, as the subprotocol `graphql-transport-ws` has them.

mod frames;

pub use frames::OperationFrames;
