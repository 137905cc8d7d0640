//! What tests of use cases and stores share: the embedded database with the tables of `template.yaml`, which fails, is
//! slow and has lagging indexes when told to; a clock; people and their tokens; and outside parties that record what they
//! are asked and fail when told to.
//!
//! It must not be linked into anything that ships: it is a dev-dependency only.

#![expect(
    clippy::missing_panics_doc,
    reason = "a test kit panics where a test fails"
)]

mod clock;
mod database;
mod delivery;
mod outside;
mod people;
mod snapshots;

pub use clock::TestClock;
pub use database::{
    DatabaseRequest, IndexChange, Reaction, TestDatabase, client_of, dump, unreachable_client,
};
pub use delivery::TestFeed;
pub use outside::{Record, TestNotifications, TestPublisher, price_partition};
pub use people::{TestTokens, admin_token, current_user, new_user, user_id};
pub use snapshots::save_snapshots;
