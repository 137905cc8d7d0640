//! What API Gateway allows a WebSocket connection, and how it is made smaller for tests.

use std::time::Duration;

/// Limits of a WebSocket API. The defaults are the quotas that AWS documents for API Gateway
/// ("Quotas for configuring and running a WebSocket API").
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest message in either direction, in bytes: 128 KB. A client that sends more is closed with
    /// 1009, a post of more is answered with 413.
    pub message_bytes: usize,
    /// Largest frame in either direction, in bytes: 32 KB. A client that sends more is closed with
    /// 1009; messages to a client are split at this size.
    pub frame_bytes: usize,
    /// A connection without a message in either direction for so long is closed with 1001: 10 minutes.
    pub idle: Duration,
    /// A connection that is so old is closed with 1001: 2 hours.
    pub duration: Duration,
    /// New connections per second (AWS: 500, burst 500); more are refused with 429. `None`, the
    /// default, takes any number, because load tests on one machine open thousands at once.
    pub connections_per_second: Option<u32>,
    /// Bytes that may wait for one client that reads too slowly; posts beyond it are answered with
    /// 429. AWS does not publish its own figure; 256 KB holds two of the largest messages.
    pub outbound_bytes: usize,
}

impl Limits {
    /// The age at which a connection is to be closed, given its age at the last message.
    pub(super) fn due(&self, last_active: Duration) -> Duration {
        self.duration.min(last_active + self.idle)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 128 * 1024,
            frame_bytes: 32 * 1024,
            idle: Duration::from_secs(10 * 60),
            duration: Duration::from_secs(2 * 60 * 60),
            connections_per_second: None,
            outbound_bytes: 256 * 1024,
        }
    }
}
