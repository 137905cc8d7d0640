//! The server: the service, health and reflection on one port, until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use notification_proto::v1::notification_service_server::NotificationServiceServer;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::codec::CompressionEncoding;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::server::TcpIncoming;
use tonic_reflection::server::Builder as Reflection;

use crate::auth::Tokens;
use crate::notify::Notifier;
use crate::service::Service;

/// Requests are some hundred bytes.
const MAX_REQUEST: usize = 64 * 1024;
/// Calls of one connection that are worked on at once; the others wait in it.
const CALLS_PER_CONNECTION: usize = 256;
/// A peer that is gone without a word is noticed by then.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// What was accepted may take so long at most: less than a container is given to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// For the last answers to leave, where streams that never end keep a connection open.
const LINGER: Duration = Duration::from_secs(1);

/// The notification service's server.
#[derive(Debug)]
pub struct Server {
    notifier: Arc<Notifier>,
    tokens: Tokens,
}

impl Server {
    /// A server for those who have one of the tokens.
    #[must_use]
    pub fn new(notifier: Notifier, tokens: Tokens) -> Self {
        Self {
            notifier: Arc::new(notifier),
            tokens,
        }
    }

    /// Serves until `stop`, then finishes what was accepted.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
        let accepted = TaskTracker::new();
        let service = NotificationServiceServer::new(Service {
            notifier: self.notifier,
            accepted: accepted.clone(),
        })
        .max_decoding_message_size(MAX_REQUEST)
        .accept_compressed(CompressionEncoding::Gzip);
        let (health, health_service) = tonic_health::server::health_reporter();
        let health_service = health_service.accept_compressed(CompressionEncoding::Gzip);
        health
            .set_serving::<NotificationServiceServer<Service>>()
            .await;
        let current_reflection = reflection().build_v1()?;
        let current_reflection = current_reflection.accept_compressed(CompressionEncoding::Gzip);
        // What Google's own client for Python asks for.
        let former_reflection = reflection().build_v1alpha()?;
        let former_reflection = former_reflection.accept_compressed(CompressionEncoding::Gzip);

        tracing::info!(address = %listener.local_addr()?, "notification service listening");
        let stopping = {
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                tracing::info!("stopping, no new notifications are accepted");
                health
                    .set_not_serving::<NotificationServiceServer<Service>>()
                    .await;
                health
                    .set_service_status("", tonic_health::ServingStatus::NotServing)
                    .await;
            }
        };
        let serving = tonic::transport::Server::builder()
            .concurrency_limit_per_connection(CALLS_PER_CONNECTION)
            .http2_keepalive_interval(Some(KEEPALIVE))
            .add_service(health_service)
            .add_service(InterceptedService::new(
                current_reflection,
                self.tokens.clone(),
            ))
            .add_service(InterceptedService::new(
                former_reflection,
                self.tokens.clone(),
            ))
            .add_service(InterceptedService::new(service, self.tokens))
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                stopping,
            );
        let drained = async {
            stop.cancelled().await;
            finish(&accepted).await;
            tokio::time::sleep(LINGER).await;
        };
        tokio::select! {
            served = serving => served?,
            () = drained => {}
        }
        finish(&accepted).await;
        Ok(())
    }
}

/// Of all services, whichever version of reflection is asked.
fn reflection() -> Reflection<'static> {
    Reflection::configure()
        .register_encoded_file_descriptor_set(notification_proto::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
        .include_reflection_service(false)
}

async fn finish(accepted: &TaskTracker) {
    accepted.close();
    if tokio::time::timeout(DRAIN, accepted.wait()).await.is_err() {
        let unfinished = accepted.len();
        tracing::warn!(
            unfinished,
            "stopped before every accepted notification was sent"
        );
    }
}

/// Listens at an address.
///
/// # Errors
/// If another process listens there, or the address is not one of this machine.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("can't listen on {address}, set LISTEN_ADDRESS to another"))
}

/// A token that SIGTERM or SIGINT cancels.
///
/// # Errors
/// If the signals can't be listened to.
pub fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be caught")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT can't be caught")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stopping.cancel();
    });
    Ok(stop)
}
