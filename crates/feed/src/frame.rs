use std::sync::{Arc, OnceLock};

use bytes::Bytes;

/// The most that one frame holds. API Gateway bills each 32 KB of a message as one, and needs messages
/// above 32 KB to be split into WebSocket frames; the last KiB is room for what frames are wrapped in.
pub const MAX_FRAME_BYTES: usize = 31 * 1024;

/// One message as it goes over the wire. A clone is cheap.
#[derive(Debug, Clone)]
pub struct Frame(Body);

#[derive(Debug, Clone)]
enum Body {
    /// Shared by all connections that get the same.
    Shared(Arc<Shared>),
    /// Made when it is sent: a part that many frames share, between parts of its own.
    Wrapped {
        head: Bytes,
        payload: Bytes,
        tail: &'static [u8],
    },
}

#[derive(Debug)]
struct Shared {
    body: Bytes,
    digest: OnceLock<Arc<str>>,
}

impl Frame {
    /// A frame with this body.
    #[must_use]
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self(Body::Shared(Arc::new(Shared {
            body: body.into(),
            digest: OnceLock::new(),
        })))
    }

    /// A frame whose body is `head`, `payload` and `tail`. It is put together each time that it is asked for, so
    /// that many frames with the same payload, each with a head of its own, take the memory of one.
    #[must_use]
    pub fn wrapped(head: impl Into<Bytes>, payload: Bytes, tail: &'static [u8]) -> Self {
        let head = head.into();
        Self(Body::Wrapped {
            head,
            payload,
            tail,
        })
    }

    /// How many bytes the body has.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.0 {
            Body::Shared(shared) => shared.body.len(),
            Body::Wrapped {
                head,
                payload,
                tail,
            } => head.len() + payload.len() + tail.len(),
        }
    }

    /// The body, without a copy unless it is wrapped.
    #[must_use]
    pub fn body(&self) -> Bytes {
        match &self.0 {
            Body::Shared(shared) => shared.body.clone(),
            Body::Wrapped {
                head,
                payload,
                tail,
            } => [head, payload, *tail].concat().into(),
        }
    }

    /// The body as text: all that is sent is JSON.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body()).into_owned()
    }

    /// The body and its digest. That of a shared body is made by `compute` on the first call only: whoever signs
    /// each post hashes a body once, however many connections get it.
    pub fn digested(&self, compute: impl FnOnce(&[u8]) -> String) -> (Bytes, Arc<str>) {
        let body = self.body();
        let digest = match &self.0 {
            Body::Shared(shared) => {
                let digest = shared.digest.get_or_init(|| compute(&body).into());
                Arc::clone(digest)
            }
            Body::Wrapped { .. } => compute(&body).into(),
        };
        (body, digest)
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.body() == other.body()
    }
}

impl Eq for Frame {}

#[cfg(test)]
mod tests;
