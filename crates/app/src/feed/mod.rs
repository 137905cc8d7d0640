//! The WebSocket feed: connections, subscriptions, and the fan-out of prices to them.

mod audience;
mod close;
mod departed;
mod execution;
#[cfg(any(test, feature = "test-fakes"))]
pub mod fakes;
pub mod fanout;
mod frame;
mod live;
mod operation;
pub mod operations;
mod own;
pub mod session;

pub use audience::{
    AudienceEntry, AudienceShard, ConnectionId, PushError, PushMessages, ReadAudience, Topic,
    Versions,
};
pub(crate) use close::close;
pub use close::{EraseConnections, Farewell, FindOwnedConnections, KnownConnection};
pub use execution::OperationPorts;
pub use live::{EncodeOperations, ExecuteOperations, Executed, LiveEvent};
pub use operation::{FindOperations, LiveOperation, Operation, OperationKey, StoreOperations};
pub use own::{News, TellPorts, TellUser};
