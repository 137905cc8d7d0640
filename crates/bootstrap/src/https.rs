//! How AWS is talked to over TLS.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The root certificates that endpoints of AWS chain to, in PEM.
const AMAZON_ROOTS: &str = include_str!("../../../certs/amazon-roots.pem");

/// A client that trusts Amazon's roots alone: reading all that the system trusts takes a good part of a cold start
/// (docs/adr/0021-cold-starts.md).
pub(crate) fn client() -> SharedHttpClient {
    let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = TlsContext::builder().with_trust_store(roots).build();
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context.expect("BUG: the roots are certificates"))
        .build_https()
}
