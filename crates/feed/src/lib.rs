//! The WebSocket feed: connections, subscriptions, and the fan-out of prices to them.
//!
//! Nothing here knows a wire format, a database or Kafka, nor what accounts, alerts or analytics are: those use cases
//! stand above, in `app`.

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
mod operation;
pub mod operations;
mod push;
mod recent;
mod refusal;
mod removal;
mod reply;
pub mod session;
mod subscription;
mod violation;

pub use audience::{Audience, AudienceEntry, AudienceShard, Interest, Versions};
pub use authentication::{Authenticated, VerifyToken};
pub use clock::Clock;
pub use close::{EraseConnections, Farewell, close};
pub use connection::{ConnectionId, Connections, KnownConnection};
pub use dispatcher::EventDispatcher;
pub use encode::{EncodeFeed, EncodeOperations};
pub use error::{Causes, Error, Result};
pub use event::{LiveEvent, Newcomer};
pub use execution::{DeliveryPorts, ExecuteOperations, Executed};
pub use frame::{Frame, MAX_FRAME_BYTES};
pub use operation::{LiveOperation, Operation, OperationKey};
pub use push::{Push, PushError};
pub use recent::Recent;
pub use refusal::{Refusal, Refused};
pub use reply::Reply;
pub use subscription::Subscriptions;
pub use violation::{Violated, Violation};
