//! The console of an emulator that runs on this machine, asked by another process of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::console;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running emulator.
pub(crate) struct RunningEmulator {
    address: SocketAddr,
}

impl RunningEmulator {
    /// The one whose front door has this port.
    pub(crate) fn at(port: u16) -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls what is below `/_emulator`; the status and the body of its answer.
    ///
    /// # Errors
    /// If it is not there, or does not answer in time.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<(StatusCode, Bytes)> {
        let address = self.address;
        let exchange = tokio::time::timeout(PATIENCE, self.exchange(method, path, body));
        exchange
            .await
            .with_context(|| {
                format!("the emulator at {address} does not answer within {PATIENCE:?}")
            })?
            .with_context(|| format!("no emulator answers at {address}"))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<(StatusCode, Bytes)> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", console::PATH))
            .header(HOST, self.address.to_string())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::<Bytes>::from(body))?;
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}
