//! The life of one connection: one task that reads, dispatches messages in order, flushes what the
//! socket did not take at once, and ends it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tracing::{debug, error};

use super::api::Api;
use super::connection::{CloseReason, Connection};
use super::dispatch::{disconnect, dispatch};

/// Messages of one connection that may wait for their turn before no more are read.
const MAX_PENDING: usize = 32;
/// How long a client gets to take what is left and to answer a close frame.
const LINGER: Duration = Duration::from_secs(2);

pub(super) struct Session {
    api: Arc<Api>,
    connection: Arc<Connection>,
    socket: Arc<TcpStream>,
    pending: VecDeque<Utf8Bytes>,
    in_flight: Option<JoinHandle<()>>,
    timer: Pin<Box<Sleep>>,
}

impl Session {
    /// `early` is what the client sent right behind its handshake.
    pub fn new(
        api: Arc<Api>,
        connection: Arc<Connection>,
        socket: TcpStream,
        early: Bytes,
    ) -> Self {
        let socket = Arc::new(socket);
        connection.attach(Arc::clone(&socket), early);
        let timer = Box::pin(sleep_until(connection.opened()));
        Self {
            api,
            connection,
            socket,
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
                debug!(connection = self.connection.id, %error, "the connection was cut");
                self.connection.abandon()
            }
        };
        self.api.registry.remove(&self.connection);
        let Self {
            api,
            connection,
            socket,
            pending,
            in_flight,
            ..
        } = self;
        // API Gateway has started everything it received by now, so these are still delivered.
        api.tasks.spawn(dispatch_rest(
            Arc::clone(&api),
            Arc::clone(&connection),
            in_flight,
            pending,
        ));
        let (_, ended) = tokio::join!(
            disconnect(&api, &connection, &reason),
            timeout(LINGER, end(&connection, socket)),
        );
        if let Ok(Err(error)) = ended {
            debug!(connection = connection.id, %error, "the client left during the close handshake");
        }
    }

    async fn serve(&mut self) -> Result<CloseReason, Error> {
        loop {
            self.read()?;
            if let Some(reason) = self.connection.closing() {
                return Ok(reason);
            }
            self.start_next();
            let may_read = self.pending.len() < MAX_PENDING;
            let must_write = self.connection.has_unsent();
            tokio::select! {
                ready = self.socket.readable(), if may_read => ready?,
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

    /// Takes all messages that have arrived, as long as they may wait.
    fn read(&mut self) -> Result<(), Error> {
        while self.pending.len() < MAX_PENDING && self.connection.closing().is_none() {
            match self.connection.receive() {
                Ok(None) => break,
                Ok(Some(Message::Text(message))) => {
                    self.connection.received();
                    self.pending.push_back(message);
                }
                // Tungstenite has the pong ready.
                Ok(Some(Message::Ping(_))) => drop(self.connection.flush()?),
                Ok(Some(Message::Pong(_) | Message::Frame(_))) => {}
                Ok(Some(Message::Close(frame))) => self.connection.closed_by_client(frame),
                Ok(Some(Message::Binary(_))) => {
                    // API Gateway disconnects clients that send binary frames.
                    let reason = "binary frames are not supported";
                    self.connection.close(CloseCode::Unsupported, reason);
                }
                Err(error) => self.fail(error)?,
            }
        }
        Ok(())
    }

    /// Closes the connection with the code for what the client did wrong.
    fn fail(&self, error: Error) -> Result<(), Error> {
        let (code, reason) = match error {
            Error::Io(_) => return Err(error),
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                self.connection.abandon();
                return Ok(());
            }
            Error::Capacity(_) => (CloseCode::Size, "message or frame too big"),
            Error::Utf8(_) => (CloseCode::Invalid, "text is not UTF-8"),
            _ => (CloseCode::Protocol, "protocol error"),
        };
        debug!(connection = self.connection.id, %error, "closing the connection");
        self.connection.close(code, reason);
        Ok(())
    }

    fn start_next(&mut self) {
        if self.in_flight.is_none()
            && let Some(message) = self.pending.pop_front()
        {
            let (api, connection) = (Arc::clone(&self.api), Arc::clone(&self.connection));
            self.in_flight = Some(tokio::spawn(async move {
                dispatch(&api, &connection, &message).await;
            }));
        }
    }

    fn check_age(&mut self) {
        let due = self.api.limits.due(self.connection.last_active());
        if self.connection.age() >= due {
            // The words that AWS gives to `$disconnect`, too.
            self.connection.close(CloseCode::Away, "Going away");
        } else {
            self.timer.as_mut().reset(self.connection.opened() + due);
        }
    }
}

async fn finished(in_flight: &mut Option<JoinHandle<()>>) {
    match in_flight {
        Some(task) => {
            if let Err(error) = task.await {
                error!(%error, "the dispatch of a message panicked, the message is lost");
            }
            *in_flight = None;
        }
        None => std::future::pending().await,
    }
}

/// Writes what is left, the close frame last, and waits for the client's end, so that no reset
/// overtakes the close frame.
async fn end(connection: &Connection, socket: Arc<TcpStream>) -> Result<(), Error> {
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

async fn dispatch_rest(
    api: Arc<Api>,
    connection: Arc<Connection>,
    mut in_flight: Option<JoinHandle<()>>,
    pending: VecDeque<Utf8Bytes>,
) {
    if in_flight.is_some() {
        finished(&mut in_flight).await;
    }
    for message in pending {
        dispatch(&api, &connection, &message).await;
    }
}
