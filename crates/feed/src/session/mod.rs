//! What a client does on its connection: authenticate, subscribe, unsubscribe, list, ping.

mod connect;
mod fault;
mod join;
mod limits;
mod pace;
mod past;
mod ports;
mod receive;
mod refusal;
mod reply;
mod roster;
mod subscribe;
mod subscriber;
mod subscription;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use fault::Fault;
pub(crate) use pace::{Pace, pace};
pub(crate) use subscriber::Subscriber;

pub use connect::{OpenConnection, Protocol};
pub use limits::*;
pub use ports::{
    Added, Authentication, Connection, FindUsers, HoldConnection, Message, NewConnection,
    SendReplies, StoreConnection, StoreSubscriptions,
};
pub use receive::{Request, Session, SessionPorts};
pub use refusal::{Refusal, Refused};
pub use reply::{Replay, Reply, TickPrices};
pub use roster::Roster;
pub use subscription::{Subscription, SubscriptionId, SubscriptionRequest, Watch};
