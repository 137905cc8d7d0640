//! The WebSocket feed: connections, subscriptions, and the fan-out of prices to them.
//!
//! Nothing here knows a wire format, a database or Kafka, nor what accounts, alerts or analytics are: those use cases
//! stand above, in `app`.

mod answering;
mod audience;
mod authentication;
mod clock;
mod close;
mod connection;
mod dispatcher;
mod encode;
mod error;
mod event;
mod execution;
#[cfg(any(test, feature = "test-fakes"))]
pub mod fakes;
pub mod fanout;
mod frame;
mod limits;
mod message_error;
mod operation;
pub mod operations;
mod ports;
mod progress;
mod push;
mod recent;
mod refusal;
mod removal;
mod reply;
pub mod session;
mod subscription;
mod subscriptions;
mod violation;
mod weighted_lru;

pub use answering::Answering;
pub use audience::{AlertVersions, AudienceEntry, AudienceShard, Interest, Versions};
pub use authentication::{Authenticated, VerifyToken};
pub use clock::Clock;
pub use close::{CloseNotice, EraseConnections, close};
pub use connection::{ConnectionId, Connections, KnownConnection};
pub use dispatcher::EventDispatcher;
pub use encode::EncodeFrames;
pub use error::{Causes, Error, Result};
pub use event::{LiveEvent, Newcomer};
pub use execution::{ExecuteOperations, Executed};
pub use frame::{Frame, MAX_FRAME_BYTES};
pub use message_error::MessageError;
pub use operation::{LiveOperation, Operation, OperationKey};
pub use ports::FeedPorts;
pub use progress::{DeliveryProgress, PartitionPosition, PublishedTick, TrackDelivery};
pub use push::{Push, PushError};
pub use recent::Recent;
pub use refusal::Refusal;
pub use reply::Reply;
pub use subscriptions::Subscriptions;
pub use violation::Violation;
pub use weighted_lru::WeightedLru;
