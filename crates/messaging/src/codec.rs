//! The wire format of every topic: JSON, snake_case, times in RFC 3339 (UTC), money as decimal strings.
//!
//! Decoding is strict about what it needs and blind to what it doesn't: a field that is missing or wrong is
//! an error that says why, a field unknown to this version is passed over, so that producers can be
//! deployed before their consumers.

mod error;
mod market;
mod price;
mod record;
mod registered;
mod snapshot;
mod topic;

pub use error::DecodeError;
pub use market::{decode_market_summary, encode_market_summary};
pub use price::{PriceEncoder, decode_price_update};
pub use record::FromRecord;
pub use registered::{decode_user_registered, encode_user_registered};
pub use snapshot::{decode_snapshot_requested, encode_snapshot_requested};
pub use topic::{MARKET_KEY, Topic, dead_letter_headers};

#[cfg(test)]
mod tests;
