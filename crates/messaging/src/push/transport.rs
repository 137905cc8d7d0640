use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::roots::AMAZON_ROOTS;

/// Same region: a TCP connection that takes longer than this will not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Unused connections are closed after a few ticks. A function that was frozen longer finds them
/// closed by the other side, which hyper notices before it writes to them.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A pool of HTTP/1.1 connections to one endpoint.
///
/// TLS is left out for `http`, as loading the root certificates costs milliseconds at start.
pub(super) enum Transport {
    Plain(Client<HttpConnector, Full<Bytes>>),
    Tls(Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl Transport {
    pub(super) fn plain() -> Self {
        Self::Plain(builder().build(connector()))
    }

    /// For endpoints of AWS, whose certificates chain to Amazon's roots: reading all that the system trusts would cost more.
    pub(super) fn tls() -> Self {
        let mut tcp = connector();
        tcp.enforce_http(false);
        let tls = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config())
            .https_only()
            .enable_http1()
            .wrap_connector(tcp);
        Self::Tls(builder().build(tls))
    }

    pub(super) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Error> {
        match self {
            Self::Plain(client) => client.request(request).await,
            Self::Tls(client) => client.request(request).await,
        }
    }
}

fn tls_config() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(AMAZON_ROOTS.as_bytes()) {
        let root = root.expect("BUG: the roots are PEM");
        roots.add(root).expect("BUG: the roots are certificates");
    }
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("BUG: the provider has the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn connector() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    // A post is one small packet that must not wait for the answer to the one before.
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    tcp
}

fn builder() -> hyper_util::client::legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT);
    builder
}
