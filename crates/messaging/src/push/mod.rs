//! The client of API Gateway's `@connections`: sends WebSocket messages and closes connections.
//!
//! It is thin because the fan-out's cost is the cost of a post; `docs/adr/0005-push-client.md` has
//! the figures.

mod endpoint;
mod retry;
mod signer;
mod transport;

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use bytes::Bytes;
use feed::{ConnectionId, Frame, Push, PushError};
use http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;

pub use endpoint::{InvalidEndpoint, PushEndpoint};
use retry::{MAX_BACKOFF, Retries};
use signer::{Signer, path_segment, sha256};
use transport::Transport;

/// One attempt, connecting included. API Gateway answers in a few milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// As much of an error's body as is read for its message.
const ERROR_BODY_LIMIT: usize = 2048;

/// Sends messages through API Gateway's `@connections`. Made once, used by everything concurrently.
///
/// An attempt whose answer is lost is made again, so a client may, rarely, get a message twice.
pub struct PushClient {
    endpoint: PushEndpoint,
    host: header::HeaderValue,
    signer: Signer,
    transport: Transport,
}

/// How one attempt failed.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the connection is gone")]
    Gone,
    #[error("throttled")]
    Throttled,
    #[error("no answer within {} ms", ATTEMPT_TIMEOUT.as_millis())]
    Timeout,
    #[error("no credentials to sign with")]
    Credentials(#[source] CredentialsError),
    #[error("no answer")]
    Transport(#[source] hyper_util::client::legacy::Error),
    #[error("the answer was {status}: {message}")]
    Answer { status: StatusCode, message: String },
}

impl PushClient {
    /// A client for this endpoint that signs for `region`.
    ///
    /// # Errors
    /// If the endpoint is https and the system's root certificates can't be loaded.
    pub fn new(
        endpoint: PushEndpoint,
        region: impl Into<String>,
        credentials: SharedCredentialsProvider,
    ) -> std::io::Result<Self> {
        let transport = if endpoint.scheme == http::uri::Scheme::HTTPS {
            Transport::tls()?
        } else {
            Transport::plain()
        };
        let host = header::HeaderValue::from_str(endpoint.authority.as_str())
            .expect("BUG: an authority is visible ASCII");
        let signer = Signer::new(&endpoint, region.into(), credentials);
        Ok(Self {
            endpoint,
            host,
            signer,
            transport,
        })
    }

    async fn send(
        &self,
        method: Method,
        connection: &ConnectionId,
        body: Bytes,
        digest: &[u8; 32],
        budget: Duration,
    ) -> Result<(), PushError> {
        let segment = path_segment(connection);
        let mut retries = Retries::within(budget);
        while let Err(fault) = self.attempt(&method, &segment, body.clone(), digest).await {
            retries.pause_after(fault).await?;
        }
        Ok(())
    }

    async fn attempt(
        &self,
        method: &Method,
        segment: &str,
        body: Bytes,
        digest: &[u8; 32],
    ) -> Result<(), Fault> {
        let stamp = self
            .signer
            .stamp(SystemTime::now())
            .await
            .map_err(Fault::Credentials)?;
        let authorization = self.signer.authorize(&stamp, method, segment, digest);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = self.uri(segment);
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        headers.insert("x-amz-date", stamp.date.clone());
        if let Some(token) = &stamp.token {
            headers.insert("x-amz-security-token", token.clone());
        }
        headers.insert(header::AUTHORIZATION, authorization);
        tokio::time::timeout(ATTEMPT_TIMEOUT, async {
            let response = self
                .transport
                .send(request)
                .await
                .map_err(Fault::Transport)?;
            if response.status().is_success() {
                return Ok(());
            }
            Err(Fault::from_answer(response).await)
        })
        .await
        .unwrap_or(Err(Fault::Timeout))
    }

    fn uri(&self, segment: &str) -> Uri {
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
        let (body, digest) = frame.digested(sha256);
        self.send(Method::POST, connection, body, &digest, budget)
            .await
    }

    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError> {
        let (body, digest) = (Bytes::new(), sha256(b""));
        match self
            .send(Method::DELETE, connection, body, &digest, MAX_BACKOFF)
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

impl Fault {
    async fn from_answer(response: Response<Incoming>) -> Self {
        let status = response.status();
        match status {
            StatusCode::GONE => Self::Gone,
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled,
            _ => Self::Answer {
                status,
                message: error_message(response).await,
            },
        }
    }

    fn is_transient(&self) -> bool {
        match self {
            Self::Throttled | Self::Timeout | Self::Credentials(_) | Self::Transport(_) => true,
            Self::Answer { status, .. } => status.is_server_error(),
            Self::Gone => false,
        }
    }
}

impl From<Fault> for PushError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Gone => Self::Gone,
            Fault::Throttled => Self::Throttled,
            Fault::Timeout | Fault::Credentials(_) | Fault::Transport(_) | Fault::Answer { .. } => {
                Self::Failed(Box::new(fault))
            }
        }
    }
}

/// What an error says about itself: its type header, and its body as far as it is short.
async fn error_message(response: Response<Incoming>) -> String {
    let kind = response.headers().get("x-amzn-errortype").cloned();
    let body = match Limited::new(response.into_body(), ERROR_BODY_LIMIT)
        .collect()
        .await
    {
        Ok(body) => body.to_bytes(),
        Err(error) => return format!("(its body can't be read: {error})"),
    };
    let body = String::from_utf8_lossy(&body);
    match kind.as_ref().and_then(|kind| kind.to_str().ok()) {
        Some(kind) => format!("{kind} {}", body.trim()),
        None => body.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests;
