use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::{ConnectionId, PushError};

/// The most that one frame holds. API Gateway bills each 32 KB of a message as one, and needs messages
/// above 32 KB to be split into WebSocket frames; the last KiB is room for what frames are wrapped in.
pub const MAX_FRAME_BYTES: usize = 31 * 1024;

/// One message as it goes over the wire, shared by all connections that get the same.
#[derive(Debug, Clone)]
pub struct Frame(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    body: Bytes,
    digest: OnceLock<[u8; 32]>,
}

impl Frame {
    /// A frame with this body.
    #[must_use]
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self(Arc::new(Shared {
            body: body.into(),
            digest: OnceLock::new(),
        }))
    }

    /// The body, without a copy.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.0.body.clone()
    }

    /// The digest of the body, made by `compute` on the first call only: whoever signs each post
    /// hashes a body once, however many connections get it.
    pub fn digest_with(&self, compute: impl FnOnce(&[u8]) -> [u8; 32]) -> &[u8; 32] {
        self.0.digest.get_or_init(|| compute(&self.0.body))
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.body
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Frame {}

/// Sends frames to open WebSocket connections without copying them.
#[async_trait]
pub trait PushFrames: Send + Sync {
    /// Sends one frame. Throttling and faults are retried with jitter as long as `budget` lasts;
    /// with a budget of zero there is exactly one attempt.
    async fn push_frame(
        &self,
        connection: &ConnectionId,
        frame: &Frame,
        budget: Duration,
    ) -> Result<(), PushError>;
}
