//! What the status page shows of the WebSocket API.

use serde::Serialize;

/// Connections of a WebSocket API at one moment.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WebSocketStatus {
    /// Open connections.
    pub open: usize,
    /// Connections accepted since the start.
    pub accepted: u64,
    /// Handshakes refused since the start.
    pub refused: u64,
    /// Messages received from clients since the start.
    pub messages_in: u64,
    /// Messages sent to clients since the start.
    pub messages_out: u64,
    /// The oldest connections, at most [`MAX_LISTED`](Self::MAX_LISTED).
    pub connections: Vec<ConnectionStatus>,
}

impl WebSocketStatus {
    /// How many connections are listed at most.
    pub const MAX_LISTED: usize = 100;
}

/// One connection.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionStatus {
    /// Connection id, as functions see it.
    pub id: String,
    /// When it was opened, in milliseconds since 1970.
    pub connected_at: u64,
    /// The client's address.
    pub source_ip: String,
    /// Messages received from it.
    pub messages_in: u64,
    /// Messages sent to it.
    pub messages_out: u64,
    /// Bytes that wait for it to read.
    pub buffered_bytes: usize,
}
