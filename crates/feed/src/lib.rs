//! The WebSocket feed: connections, subscriptions, and the fan-out of prices to them.
//!
//! Nothing here knows a wire format, a database or Kafka, nor what accounts, alerts or analytics are: those use cases
//! stand above, in `app`.

mod audience;
mod authentication;
mod clock;
mod close;
mod departed;
mod error;
mod execution;
#[cfg(any(test, feature = "test-fakes"))]
pub mod fakes;
pub mod fanout;
mod frame;
mod live;
mod operation;
pub mod operations;
mod own;
mod recent;
pub mod session;

pub use audience::{
    AudienceEntry, AudienceShard, ConnectionId, PushError, PushMessages, ReadAudience, Topic,
    Versions,
};
pub use authentication::{Authenticated, VerifyToken};
pub use clock::Clock;
pub use close::close;
pub use close::{EraseConnections, Farewell, FindOwnedConnections, KnownConnection};
pub use error::{Causes, Error, Result};
pub use execution::OperationPorts;
pub use live::{EncodeOperations, ExecuteOperations, Executed, LiveEvent};
pub use operation::{FindOperations, LiveOperation, Operation, OperationKey, StoreOperations};
pub use own::{FindConnections, News, TellPorts, TellUser};
pub use recent::Recent;
