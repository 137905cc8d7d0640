//! What the ports promise, against an embedded DynamoDB.

mod alerts;
mod audience;
mod connections;
mod directory;
mod golden;
mod operations;
mod owners;
mod subscriptions;
mod support;
