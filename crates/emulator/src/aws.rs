//! One address for the AWS services that functions call: Secrets Manager (JSON), and SES and SNS (query
//! protocol), whose messages are captured.

use std::net::Ipv4Addr;
use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::outbox::Outbox;
use crate::secrets::Secrets;
use crate::serve::{Answer, serve};

/// What stands behind the address.
pub struct AwsEndpoint {
    /// Secrets Manager.
    pub secrets: Secrets,
    /// SES and SNS.
    pub outbox: Arc<Outbox>,
}

impl AwsEndpoint {
    /// Serves on a free port of this machine until the task is aborted; returns its URL.
    ///
    /// # Errors
    /// If no port is to be had.
    pub async fn start(self) -> std::io::Result<(String, JoinHandle<()>)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let endpoint = Arc::new(self);
        let server = tokio::spawn(serve(listener, move |request, _client| {
            let endpoint = endpoint.clone();
            async move { endpoint.answer(request).await }
        }));
        Ok((url, server))
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let is_query = request
            .headers()
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        if is_query {
            self.outbox.answer(request).await
        } else {
            self.secrets.answer(request).await
        }
    }
}
