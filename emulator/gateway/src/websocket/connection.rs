//! One connection as everybody but its session sees it: its identity, and the way to send to it.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::limits::Limits;
use super::status::ConnectionStatus;

#[cfg(test)]
mod tests;

/// Read at a time. Each connection holds such a buffer, so it is small.
const READ_BYTES: usize = 4 * 1024;

/// Why a message was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SendError {
    /// The connection is closed or closing.
    Gone,
    /// Too many bytes wait for the client already.
    Full,
}

/// Why a connection was closed, for `$disconnect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CloseReason {
    pub code: u16,
    pub reason: String,
}

/// Shared by the session, which reads, and by whoever sends.
#[derive(Debug)]
pub(super) struct Connection {
    pub id: String,
    pub source_ip: IpAddr,
    pub user_agent: Option<String>,
    pub host: String,
    pub connected_at_ms: u64,
    opened: Instant,
    last_active_ms: AtomicU64,
    messages_in: AtomicU64,
    messages_out: AtomicU64,
    transport: Mutex<Transport>,
    wake: Notify,
}

/// The blocking half of tungstenite on a socket that doesn't block: whoever sends writes straight to the socket, so that a post
/// is one system call, made before it is answered.
#[derive(Debug)]
struct Transport {
    websocket: WebSocket<Socket>,
    /// Bytes that the socket has not taken yet.
    unsent: usize,
    close: Option<CloseReason>,
}

#[derive(Debug, Default)]
struct Socket {
    /// `None` between the answer of `$connect` and the end of the handshake.
    stream: Option<Arc<TcpStream>>,
    /// What the client sent right behind its handshake.
    early: Bytes,
    /// Bytes written since it was last asked.
    written: usize,
}

impl Connection {
    pub fn new(
        id: String,
        source_ip: IpAddr,
        user_agent: Option<String>,
        host: String,
        connected_at_ms: u64,
        limits: &Limits,
    ) -> Self {
        Self {
            id,
            source_ip,
            user_agent,
            host,
            connected_at_ms,
            opened: Instant::now(),
            last_active_ms: AtomicU64::new(0),
            messages_in: AtomicU64::new(0),
            messages_out: AtomicU64::new(0),
            transport: Mutex::new(Transport::new(limits)),
            wake: Notify::new(),
        }
    }

    /// Sends a text message: straight to the socket if nothing waits, else behind what waits.
    pub fn send(&self, payload: &Bytes, limits: &Limits) -> Result<(), SendError> {
        let mut transport = self.lock();
        if transport.close.is_some() {
            return Err(SendError::Gone);
        }
        let waited = transport.unsent > 0;
        if waited && transport.unsent + payload.len() > limits.outbound_bytes {
            return Err(SendError::Full);
        }
        for frame in text_frames(payload, limits.frame_bytes) {
            transport.unsent += frame.len();
            transport.queue(Message::Frame(frame));
        }
        transport.try_flush();
        let waits = transport.unsent > 0;
        drop(transport);
        self.messages_out.fetch_add(1, Ordering::Relaxed);
        self.touch();
        if waits && !waited {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// The next message from the client; `None` until there is one.
    pub fn receive(&self) -> Result<Option<Message>, Error> {
        match self.lock().websocket.read() {
            Ok(message) => Ok(Some(message)),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks the session to close after what waits is sent. The first reason given counts.
    pub fn close(&self, code: CloseCode, reason: &str) {
        let mut transport = self.lock();
        if transport.close.is_none() {
            transport.close = Some(CloseReason {
                code: code.into(),
                reason: reason.to_owned(),
            });
            let reason = reason.into();
            transport.queue(Message::Close(Some(CloseFrame { code, reason })));
            transport.try_flush();
            drop(transport);
            self.wake.notify_one();
        }
    }

    /// Notes that the client closes. Tungstenite has the answer ready, which repeats the client's code.
    pub fn closed_by_client(&self, frame: Option<CloseFrame>) {
        let reason = match frame {
            Some(frame) => CloseReason {
                code: frame.code.into(),
                reason: frame.reason.to_string(),
            },
            None => CloseReason {
                code: CloseCode::Status.into(),
                reason: "Client-side close frame status not set".to_owned(),
            },
        };
        self.lock().close.get_or_insert(reason);
    }

    /// Refuses further messages, without a close frame, because the socket is dead.
    pub fn abandon(&self) -> CloseReason {
        let mut transport = self.lock();
        transport.unsent = 0;
        let reason = transport.close.get_or_insert_with(|| CloseReason {
            code: CloseCode::Abnormal.into(),
            reason: String::new(),
        });
        reason.clone()
    }

    /// Gives the connection its socket. What was sent before waits to be flushed.
    pub fn attach(&self, stream: Arc<TcpStream>, early: Bytes) {
        let mut transport = self.lock();
        let socket = transport.websocket.get_mut();
        (socket.stream, socket.early) = (Some(stream), early);
    }

    /// Gives the socket up, for the session to shut it down.
    pub fn detach(&self) {
        self.lock().websocket.get_mut().stream = None;
    }

    /// Writes what waits, as far as the socket takes it. `true` when nothing is left.
    pub fn flush(&self) -> Result<bool, Error> {
        self.lock().flush()
    }

    /// Whether bytes wait for the socket.
    pub fn has_unsent(&self) -> bool {
        self.lock().unsent > 0
    }

    /// Why the connection is closing, once it is.
    pub fn closing(&self) -> Option<CloseReason> {
        self.lock().close.clone()
    }

    /// Returns when there is something to flush or the connection is to be closed.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Counts a message from the client.
    pub fn received(&self) {
        self.messages_in.fetch_add(1, Ordering::Relaxed);
        self.touch();
    }

    /// How long the connection has been open.
    pub fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Age at the last message in either direction.
    pub fn last_active(&self) -> Duration {
        Duration::from_millis(self.last_active_ms.load(Ordering::Relaxed))
    }

    /// Messages received and sent.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.messages_in.load(Ordering::Relaxed),
            self.messages_out.load(Ordering::Relaxed),
        )
    }

    pub fn status(&self) -> ConnectionStatus {
        let (messages_in, messages_out) = self.counts();
        ConnectionStatus {
            id: self.id.clone(),
            connected_at: self.connected_at_ms,
            source_ip: self.source_ip.to_string(),
            messages_in,
            messages_out,
            buffered_bytes: self.lock().unsent,
        }
    }

    /// Instant at which the connection was opened.
    pub fn opened(&self) -> Instant {
        self.opened
    }

    fn touch(&self) {
        let age = u64::try_from(self.age().as_millis()).unwrap_or(u64::MAX);
        self.last_active_ms.store(age, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Transport> {
        // Nothing panics while holding the lock half-way through a change.
        self.transport
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport {
    fn new(limits: &Limits) -> Self {
        // A whole message is written at once, when it is flushed.
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(2 * limits.message_bytes)
            .max_message_size(Some(limits.message_bytes))
            .max_frame_size(Some(limits.frame_bytes.min(limits.message_bytes)));
        Self {
            websocket: WebSocket::from_raw_socket(Socket::default(), Role::Server, Some(config)),
            unsent: 0,
            close: None,
        }
    }

    /// An error of the socket is left to the session, which meets it as well.
    fn queue(&mut self, message: Message) {
        if let Err(error) = self.websocket.write(message) {
            tracing::trace!(%error, "the socket takes nothing now");
        }
    }

    fn try_flush(&mut self) {
        if let Err(error) = self.flush() {
            tracing::trace!(%error, "the socket takes nothing any more");
        }
    }

    fn flush(&mut self) -> Result<bool, Error> {
        let flushed = self.websocket.flush();
        let written = std::mem::take(&mut self.websocket.get_mut().written);
        match flushed {
            Ok(()) | Err(Error::ConnectionClosed | Error::AlreadyClosed) => {
                self.unsent = 0;
                Ok(true)
            }
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                // At least what made it block.
                self.unsent = self.unsent.saturating_sub(written).max(1);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.early.has_remaining() {
            return (&mut self.early).reader().read(buffer);
        }
        match &self.stream {
            Some(stream) => stream.try_read(buffer),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stream) = &self.stream else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let written = stream.try_write(bytes)?;
        self.written += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The frames of one text message, each at most `frame_bytes` of payload.
fn text_frames(payload: &Bytes, frame_bytes: usize) -> impl Iterator<Item = Frame> + '_ {
    let count = payload.len().div_ceil(frame_bytes).max(1);
    (0..count).map(move |index| {
        let start = index * frame_bytes;
        let end = payload.len().min(start + frame_bytes);
        let kind = if index == 0 {
            Data::Text
        } else {
            Data::Continue
        };
        let is_last = index + 1 == count;
        Frame::message(payload.slice(start..end), OpCode::Data(kind), is_last)
    })
}
