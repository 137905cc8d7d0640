//! The WebSocket feed: connections, subscriptions, and the fan-out of prices to them.

mod audience;
mod close;
pub mod fanout;
mod frame;
mod live;
mod operation;
pub mod operations;
pub mod session;

pub use audience::{
    AudienceEntry, AudienceShard, ConnectionId, PushError, PushMessages, ReadAudience, Topic,
    Versions,
};
pub(crate) use close::close;
pub use close::{EraseConnections, Farewell, FindOwnedConnections, KnownConnection};
pub use live::{EncodeOperations, ExecuteOperations, Executed, LiveEvent};
pub use operation::{FindOperations, LiveOperation, Operation, OperationKey, StoreOperations};
