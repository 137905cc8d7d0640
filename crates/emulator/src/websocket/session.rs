//! The life of one connection: one task that reads, hands messages on in order, flushes what the
//! socket did not take at once, and ends it.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep_until, timeout};
use tracing::{debug, warn};

use super::Shared;
use super::connection::{CloseReason, Connection};
use super::deliver::{deliver, disconnect};
use super::frame::{Decoder, Incoming, Violation, code};

/// Messages of one connection that may wait for their turn before no more are read.
const MAX_PENDING: usize = 32;
/// Read at a time; memory that a connection holds only while bytes arrive.
const READ_BYTES: usize = 4 * 1024;
/// How long a client gets to take what is left and to answer a close frame.
const LINGER: Duration = Duration::from_secs(2);

pub(super) struct Session {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    socket: Arc<TcpStream>,
    buffer: BytesMut,
    decoder: Decoder,
    pending: VecDeque<String>,
    in_flight: Option<JoinHandle<()>>,
    timer: Pin<Box<Sleep>>,
}

impl Session {
    /// `early` is what the client sent right behind its handshake.
    pub fn new(
        shared: Arc<Shared>,
        connection: Arc<Connection>,
        socket: TcpStream,
        early: &[u8],
    ) -> Self {
        let socket = Arc::new(socket);
        connection.attach(Arc::clone(&socket));
        let timer = Box::pin(sleep_until(connection.opened()));
        Self {
            shared,
            connection,
            socket,
            buffer: BytesMut::from(early),
            decoder: Decoder::default(),
            pending: VecDeque::new(),
            in_flight: None,
            timer,
        }
    }

    /// Runs until the connection is closed and `$disconnect` is invoked.
    pub async fn run(mut self) {
        let reason = match self.serve().await {
            Ok(reason) => reason,
            Err(error) => {
                debug!(connection = self.connection.id, %error, "connection was cut");
                self.connection.abandon()
            }
        };
        self.shared.registry.remove(&self.connection);
        let Self {
            shared,
            connection,
            socket,
            pending,
            in_flight,
            ..
        } = self;
        // API Gateway has started everything it received by now, so these are still delivered.
        tokio::spawn(deliver_rest(
            Arc::clone(&shared),
            Arc::clone(&connection),
            in_flight,
            pending,
        ));
        let said_goodbye = tokio::join!(
            disconnect(&shared, &connection, &reason),
            timeout(LINGER, say_goodbye(&connection, socket)),
        );
        if let Ok(Err(error)) = said_goodbye.1 {
            debug!(connection = connection.id, %error, "client left before the close handshake ended");
        }
    }

    async fn serve(&mut self) -> io::Result<CloseReason> {
        self.decode();
        loop {
            if let Some(reason) = self.connection.closing() {
                return Ok(reason);
            }
            self.start_next();
            let may_read = self.pending.len() < MAX_PENDING;
            let must_write = self.connection.has_waiting();
            tokio::select! {
                ready = self.socket.readable(), if may_read => {
                    ready?;
                    if let Some(reason) = self.read()? {
                        return Ok(reason);
                    }
                }
                ready = self.socket.writable(), if must_write => {
                    ready?;
                    self.connection.flush()?;
                }
                () = self.connection.woken() => {
                    self.connection.flush()?;
                }
                () = finished(&mut self.in_flight) => {}
                () = &mut self.timer => self.check_age(),
            }
        }
    }

    fn read(&mut self) -> io::Result<Option<CloseReason>> {
        self.buffer.reserve(READ_BYTES);
        match self.socket.try_read_buf(&mut self.buffer) {
            Ok(0) => Ok(Some(self.connection.abandon())),
            Ok(_) => Ok(self.decode()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.release_buffer();
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes all messages out of the buffer. `Some` when the client closes.
    fn decode(&mut self) -> Option<CloseReason> {
        let mut closed = None;
        while closed.is_none() {
            match self.decoder.decode(&mut self.buffer, &self.shared.limits) {
                Ok(Some(Incoming::Text(message))) => {
                    self.connection.received();
                    self.pending.push_back(message);
                }
                Ok(Some(Incoming::Ping(payload))) => self.connection.pong(&payload),
                Ok(Some(Incoming::Pong)) => {}
                Ok(Some(Incoming::Close { code, reason })) => {
                    // The answer to a close frame repeats its code.
                    self.connection.close(code, &reason);
                    closed = self.connection.closing();
                }
                Ok(None) => break,
                Err(Violation { code, reason }) => {
                    self.connection.close(code, reason);
                    closed = self.connection.closing();
                }
            }
        }
        self.release_buffer();
        closed
    }

    fn release_buffer(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    fn start_next(&mut self) {
        if self.in_flight.is_none()
            && let Some(message) = self.pending.pop_front()
        {
            let (shared, connection) = (Arc::clone(&self.shared), Arc::clone(&self.connection));
            self.in_flight = Some(tokio::spawn(async move {
                deliver(&shared, &connection, &message).await;
            }));
        }
    }

    fn check_age(&mut self) {
        let due = self.shared.limits.due(self.connection.last_active());
        if self.connection.age() >= due {
            // The words that AWS gives to `$disconnect`, too.
            self.connection.close(code::GOING_AWAY, "Going away");
        } else {
            self.timer.as_mut().reset(self.connection.opened() + due);
        }
    }
}

async fn finished(in_flight: &mut Option<JoinHandle<()>>) {
    match in_flight {
        Some(task) => {
            if let Err(error) = task.await {
                warn!(%error, "a message was not delivered");
            }
            *in_flight = None;
        }
        None => std::future::pending().await,
    }
}

/// Writes what is left, the close frame last, and waits for the client's end, so that no reset
/// overtakes the close frame.
async fn say_goodbye(connection: &Connection, socket: Arc<TcpStream>) -> io::Result<()> {
    while !connection.flush()? {
        socket.writable().await?;
    }
    connection.detach();
    let Some(mut socket) = Arc::into_inner(socket) else {
        return Ok(());
    };
    socket.shutdown().await?;
    tokio::io::copy(&mut socket, &mut tokio::io::sink()).await?;
    Ok(())
}

async fn deliver_rest(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    mut in_flight: Option<JoinHandle<()>>,
    pending: VecDeque<String>,
) {
    if in_flight.is_some() {
        finished(&mut in_flight).await;
    }
    for message in pending {
        deliver(&shared, &connection, &message).await;
    }
}
