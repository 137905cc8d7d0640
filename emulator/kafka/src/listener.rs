//! Where other clients reach the embedded broker. librdkafka's mock answers `ApiVersions` above version 2 with an array that nobody
//! can read (`rd_kafka_mock_handle_ApiVersion`, as of 2.12), has no admin APIs, and keeps records unchecked. What stands in front of it
//! sees to that, and gives its own address as the broker's.
//!
//! Functions and triggers are clients of librdkafka and ask the broker without it.

mod apis;
mod connection;
mod produce;
mod protocol;
mod refusal;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, warn};

use apis::Apis;

/// How long it rests where no connection can be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// How clients that are not functions or triggers use the embedded broker.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Its port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What clients are told to do for what it does not have.
    pub hint: String,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            port: 0,
            hint: "Run a real broker and name it with --kafka.".to_owned(),
        }
    }
}

/// An open port on 127.0.0.1. It closes, with its connections, when it is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    pub address: SocketAddr,
    _stop: DropGuard,
}

/// What all connections know.
#[derive(Debug)]
struct Shared {
    /// The mock.
    broker: SocketAddr,
    /// What clients are told is the broker's address.
    advertised: SocketAddr,
    apis: Apis,
    hint: String,
}

impl Listener {
    /// Opens the port before the broker at this address.
    pub async fn open(clients: ClientOptions, broker: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, clients.port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            broker,
            advertised: address,
            apis: Apis::of(broker).await?,
            hint: clients.hint,
        });
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, shared, stop.clone()));
        Ok(Self {
            address,
            _stop: stop.drop_guard(),
        })
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((client, _)) => {
                let served = serve(client, Arc::clone(&shared));
                tokio::spawn(stop.clone().run_until_cancelled_owned(served));
            }
            Err(error) => {
                warn!(%error, "the embedded broker could not take a client's connection, trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// A broker that fails closes the connection, and clients connect again.
async fn serve(client: TcpStream, shared: Arc<Shared>) {
    let served = async {
        let broker = TcpStream::connect(shared.broker).await?;
        connection::serve(client, broker, &shared).await
    };
    if let Err(error) = served.await {
        debug!(%error, "the embedded broker closed a client's connection");
    }
}
