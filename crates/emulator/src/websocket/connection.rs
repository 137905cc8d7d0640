//! One connection as everybody but its session sees it: its identity, and the way to send to it.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::frame;
use super::{ConnectionStatus, Limits};

/// Why a message was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SendError {
    /// The connection is closed or closing.
    Gone,
    /// Too many bytes wait for the client already.
    Full,
}

/// Why a connection was closed: what `$disconnect` is told, and the close frame if we send one.
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
    outbound: Mutex<Outbound>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Outbound {
    /// `None` between the answer of `$connect` and the end of the handshake.
    socket: Option<Arc<TcpStream>>,
    queue: VecDeque<Bytes>,
    queued_bytes: usize,
    close: Option<CloseReason>,
}

/// Most buffers that one system call takes.
const MAX_SLICES: usize = 64;

impl Connection {
    pub fn new(
        id: String,
        source_ip: IpAddr,
        user_agent: Option<String>,
        host: String,
        connected_at_ms: u64,
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
            outbound: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// Sends a text message: straight to the socket if nothing waits, else behind what waits.
    pub fn send(&self, payload: &Bytes, limits: &Limits) -> Result<(), SendError> {
        let mut outbound = self.lock();
        if outbound.close.is_some() {
            return Err(SendError::Gone);
        }
        let waited = outbound.queued_bytes > 0;
        if waited && outbound.queued_bytes + payload.len() > limits.outbound_bytes {
            return Err(SendError::Full);
        }
        for (header, part) in frame::text_frames(payload, limits.frame_bytes) {
            outbound.push_frame(header.as_slice(), part);
        }
        let waits = outbound.queued_bytes > 0;
        drop(outbound);
        self.messages_out.fetch_add(1, Ordering::Relaxed);
        self.touch();
        if waits && !waited {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Asks the session to close after what waits is sent. The first reason given counts.
    pub fn close(&self, code: u16, reason: &str) {
        let mut outbound = self.lock();
        if outbound.close.is_none() {
            outbound.close = Some(CloseReason {
                code,
                reason: reason.to_owned(),
            });
            outbound.push_frame(&[], frame::close_frame(code, reason));
            drop(outbound);
            self.wake.notify_one();
        }
    }

    /// Refuses further messages, without a close frame, because the socket is dead.
    pub fn abandon(&self) -> CloseReason {
        let mut outbound = self.lock();
        (outbound.queue, outbound.queued_bytes) = (VecDeque::new(), 0);
        let code = frame::code::ABNORMAL;
        outbound
            .close
            .get_or_insert_with(|| CloseReason {
                code,
                reason: String::new(),
            })
            .clone()
    }

    /// Answers a ping.
    pub fn pong(&self, payload: &[u8]) {
        let mut outbound = self.lock();
        if outbound.close.is_none() {
            outbound.push_frame(&[], frame::pong_frame(payload));
        }
    }

    /// Gives the connection its socket. What was sent before waits to be flushed.
    pub fn attach(&self, socket: Arc<TcpStream>) {
        self.lock().socket = Some(socket);
    }

    /// Gives the socket up, for the session to shut it down.
    pub fn detach(&self) {
        self.lock().socket = None;
    }

    /// Writes what waits, as far as the socket takes it. `true` when nothing is left.
    pub fn flush(&self) -> io::Result<bool> {
        let mut outbound = self.lock();
        let Some(socket) = outbound.socket.clone() else {
            return Ok(outbound.queue.is_empty());
        };
        while !outbound.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let count = outbound.queue.len().min(MAX_SLICES);
            for (slice, bytes) in slices.iter_mut().zip(&outbound.queue) {
                *slice = IoSlice::new(bytes);
            }
            match socket.try_write_vectored(&slices[..count]) {
                Ok(written) => outbound.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        // An idle connection keeps no buffer.
        outbound.queue = VecDeque::new();
        Ok(true)
    }

    /// Whether bytes wait for the socket.
    pub fn has_waiting(&self) -> bool {
        self.lock().queued_bytes > 0
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
            buffered_bytes: self.lock().queued_bytes,
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

    fn lock(&self) -> MutexGuard<'_, Outbound> {
        // Nothing panics while holding the lock half-way through a change.
        self.outbound.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbound {
    /// Writes a frame if nothing waits before it; queues what the socket does not take. An error of
    /// the socket is left to the session, which sees it as well.
    fn push_frame(&mut self, header: &[u8], payload: Bytes) {
        let mut written = 0;
        if let Some(socket) = self.socket.as_ref().filter(|_| self.queue.is_empty()) {
            let slices = [IoSlice::new(header), IoSlice::new(&payload)];
            written = socket.try_write_vectored(&slices).unwrap_or(0);
        }
        if written < header.len() {
            self.push(Bytes::copy_from_slice(&header[written..]));
        }
        let mut payload = payload;
        payload.advance(written.saturating_sub(header.len()));
        self.push(payload);
    }

    fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.queued_bytes += bytes.len();
            self.queue.push_back(bytes);
        }
    }

    fn advance(&mut self, mut written: usize) {
        self.queued_bytes -= written;
        while let Some(front) = self.queue.front_mut() {
            if written < front.len() {
                front.advance(written);
                return;
            }
            written -= front.len();
            self.queue.pop_front();
        }
    }
}
