//! The five-second ticks: who drives them, for whom, and what happens between two of them.
//!
//! One process at a time owns the ticks. Prices are a pure function of shareholder and tick, so an owner
//! that is replaced late, twice or not at all publishes the same records again and does no harm.

mod drive;
mod outbox;
mod ports;
mod prepared;
mod published;
mod relay;
mod roster;
mod snapshot_relay;
mod sweep;
mod ticker;

pub use drive::DriveTicks;
pub use ports::{DueAction, DueConnection, OutboxEntries, Ports, Registration, TickStore};
pub use prepared::{PreparedTick, prepare_tick};
pub use roster::Roster;
pub use sweep::DueMessages;
pub use ticker::{Ended, Report};
