//! The client of API Gateway's `@connections`: sends WebSocket messages and closes connections.
//!
//! It is thin because the fan-out's cost is the cost of a post; `docs/adr/0005-push-client.md` has
//! the figures.

mod endpoint;
mod post_error;
mod retry;
mod signer;
mod transport;

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use feed::{ConnectionId, Frame, Push, PushError};
use http::{Method, Request, Uri, header};
use http_body_util::Full;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use endpoint::{InvalidEndpoint, PushEndpoint};
use post_error::{ATTEMPT_TIMEOUT, PostError};
use retry::MAX_BACKOFF;
use signer::{Signer, hex_sha256};
use transport::Transport;

/// All but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Sends messages through API Gateway's `@connections`. Made once, used by everything concurrently.
///
/// An attempt whose answer is lost is made again, so a client may, rarely, get a message twice.
pub struct PushClient {
    endpoint: PushEndpoint,
    host: header::HeaderValue,
    signer: Signer,
    transport: Transport,
}

impl PushClient {
    /// A client for this endpoint that signs for `region`.
    #[must_use]
    pub fn new(
        endpoint: PushEndpoint,
        region: impl Into<String>,
        credentials: SharedCredentialsProvider,
    ) -> Self {
        let transport = if endpoint.scheme == http::uri::Scheme::HTTPS {
            Transport::tls()
        } else {
            Transport::plain()
        };
        let host = header::HeaderValue::from_str(endpoint.authority.as_str())
            .expect("BUG: an authority is visible ASCII");
        let signer = Signer::new(region.into(), credentials);
        Self {
            endpoint,
            host,
            signer,
            transport,
        }
    }

    async fn send(
        &self,
        method: Method,
        connection: &ConnectionId,
        (body, digest): (Bytes, &str),
        budget: Duration,
    ) -> Result<(), PushError> {
        let uri = self.uri(connection);
        let attempt = || self.attempt(&method, &uri, body.clone(), digest);
        Ok(retry::within(budget, attempt).await?)
    }

    async fn attempt(
        &self,
        method: &Method,
        uri: &Uri,
        body: Bytes,
        digest: &str,
    ) -> Result<(), PostError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri.clone();
        let host = self.host.clone();
        request.headers_mut().insert(header::HOST, host);
        let now = SystemTime::now();
        self.signer.sign(&mut request, digest, now).await?;
        tokio::time::timeout(ATTEMPT_TIMEOUT, async {
            let response = self
                .transport
                .send(request)
                .await
                .map_err(PostError::Transport)?;
            if response.status().is_success() {
                return Ok(());
            }
            Err(PostError::from_response(response).await)
        })
        .await
        .unwrap_or(Err(PostError::Timeout))
    }

    fn uri(&self, connection: &ConnectionId) -> Uri {
        let segment = utf8_percent_encode(&connection.0, SEGMENT);
        let path = format!("{}/@connections/{segment}", self.endpoint.path);
        Uri::builder()
            .scheme(self.endpoint.scheme.clone())
            .authority(self.endpoint.authority.clone())
            .path_and_query(path)
            .build()
            .expect("BUG: the endpoint was checked and the segment is percent-encoded")
    }
}

#[async_trait]
impl Push for PushClient {
    async fn push(
        &self,
        connection: &ConnectionId,
        frame: &Frame,
        budget: Duration,
    ) -> Result<(), PushError> {
        let (body, digest) = frame.digested(hex_sha256);
        self.send(Method::POST, connection, (body, &digest), budget)
            .await
    }

    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError> {
        let (body, digest) = (Bytes::new(), hex_sha256(b""));
        let body = (body, &*digest);
        match self
            .send(Method::DELETE, connection, body, MAX_BACKOFF)
            .await
        {
            Err(PushError::Gone) => Ok(()),
            other => other,
        }
    }
}

impl fmt::Debug for PushClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushClient")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
