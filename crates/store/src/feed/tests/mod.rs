//! What the ports promise, against an embedded DynamoDB.

mod audience;
mod connections;
mod directory;
mod subscriptions;
mod support;
