//! The front door: one port for REST, WebSocket, the console and a web site.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use emulator_gateway::{RestApi, Site, WebSocketApi};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// After a connection could not be accepted: there are too many, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often a port is looked for that is free on both addresses.
const ATTEMPTS: u32 = 20;

/// What is behind the front door, beside the console.
pub(crate) struct Behind {
    pub(crate) rest: Option<RestApi>,
    pub(crate) websocket: Option<WebSocketApi>,
    pub(crate) site: Option<Site>,
}

impl Behind {
    /// The site, unless the path belongs to the REST API.
    fn site_at(&self, path: &str) -> Option<&Site> {
        let is_claimed = self.rest.as_ref().is_some_and(|rest| rest.claims(path));
        self.site.as_ref().filter(|_| !is_claimed)
    }
}

/// Both addresses of `localhost`, since some clients take one, some the other (IPv6 only where the machine has it); or the one
/// address that was asked for.
pub(crate) struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Binds the port at this address, that of `localhost` meaning both of its; or any that is free if it is 0.
    ///
    /// # Errors
    /// If it is taken, or the machine has no such address.
    pub(crate) async fn bind(address: Ipv4Addr, port: u16) -> Result<Self> {
        if address != Ipv4Addr::LOCALHOST {
            let bound = TcpListener::bind((address, port)).await;
            let bound = bound
                .with_context(|| format!("the front door can't listen on {address}:{port}"))?;
            return Ok(Self(vec![bound]));
        }
        let mut attempt = 1;
        loop {
            match bind_both(port).await {
                Err(_) if port == 0 && attempt < ATTEMPTS => attempt += 1,
                bound => {
                    return bound.with_context(|| {
                        format!(
                            "port {port} is not free: stop what uses it (another emulator?), or name another with --port"
                        )
                    });
                }
            }
        }
    }

    /// By which this machine reaches it.
    ///
    /// # Errors
    /// If the port has no address.
    pub(crate) fn local(&self) -> std::io::Result<SocketAddr> {
        let mut address = self.0[0].local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        Ok(address)
    }
}

async fn bind_both(port: u16) -> std::io::Result<Listeners> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = first.local_addr()?.port();
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(second) => Ok(Listeners(vec![first, second])),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(error),
        Err(error) => {
            tracing::debug!(%error, "there is no IPv6 here");
            Ok(Listeners(vec![first]))
        }
    }
}

/// An open front door.
pub(crate) struct FrontDoor {
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl FrontDoor {
    /// Opens it. What the console doesn't answer goes to the APIs and the site.
    ///
    /// `closing` is cancelled once it closes: answers that have no end of their own must end then.
    pub(crate) fn open(
        listeners: Listeners,
        console: Router,
        behind: Behind,
        closing: CancellationToken,
    ) -> Self {
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::new(behind))
            .merge(console);
        let door = Self {
            closing,
            tasks: TaskTracker::new(),
        };
        for listener in listeners.0 {
            let accept = accept(
                listener,
                router.clone(),
                door.closing.clone(),
                door.tasks.clone(),
            );
            door.tasks
                .spawn(door.closing.clone().run_until_cancelled_owned(accept));
        }
        door
    }

    /// Takes no more connections and requests, and waits until those at work are answered.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    closing: CancellationToken,
    tasks: TaskTracker,
) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                tasks.spawn(serve(stream, client, router.clone(), closing.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a client's connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, client: SocketAddr, router: Router, closing: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a client's connection stays without TCP_NODELAY");
    }
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(client));
        router.call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    // A client may close its side once it has sent its request, and waits for the answer.
    builder.http1().half_close(true);
    let mut connection =
        pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(error, "a client's connection was cut");
    }
}

async fn answer(
    State(behind): State<Arc<Behind>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if let Some(websocket) = &behind.websocket
        && WebSocketApi::is_upgrade(request.headers())
    {
        return websocket.upgrade(request, client.ip()).await;
    }
    if let Some(site) = behind.site_at(request.uri().path()) {
        return site.answer(request).await;
    }
    match &behind.rest {
        Some(rest) => rest.answer(request, client).await,
        None => {
            let message = json!({ "message": "the template has no REST API" });
            (StatusCode::NOT_FOUND, Json(message)).into_response()
        }
    }
}
