//! The DynamoDB adapter: implements the storage ports of `app` and `feed` on the tables of `template.yaml`.
//!
//! It decides nothing: no business rule, no configuration, no clock. SDK types end here.

mod attributes;
mod deletions;
mod fault;
pub mod feed;
mod outbox;
mod shards;
pub mod snapshots;
pub mod ticks;
pub mod users;
