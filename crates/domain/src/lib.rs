//! The rules of Fastfusion: users, ticks, prices, snapshots, alerts, the market.
//!
//! Everything here is a pure function of its arguments. The crate does no IO, reads no clock, draws no
//! random numbers of its own and knows no wire format: time, randomness and ids are passed in, and
//! serialisation belongs to the wire types. Floating point stays inside [`PriceModel`]; a [`Price`] is
//! a decimal.

pub mod alert;
mod decimal4;
mod ids;
pub mod market;
mod model;
mod network;
mod price;
mod price_update;
pub mod session;
mod shard;
mod snapshot;
mod tick;
pub mod user;

pub use decimal4::Decimal4;
pub use ids::{UserId, UserIdError};
pub use model::{Bucket, PriceModel, PriceMove, Prices, Series, Shareholder};
pub use network::Network;
pub use price::{Change, Money, Percent, Price, PriceError};
pub use price_update::PriceUpdate;
pub use shard::{Shard, partition};
pub use snapshot::{
    MeanChange, SavedSnapshot, Snapshot, SnapshotId, SnapshotIdError, Statistics, Step,
};
pub use tick::Tick;
