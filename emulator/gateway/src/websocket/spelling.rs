//! Header names as a function spells them: API Gateway passes them on so, and there are clients that look for one spelling.

use axum::http::Extensions;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

/// Longer than any request below.
const BUFFER: usize = 1024;

/// What lets hyper write the header with its name spelled so, as extensions of a response. It writes the spellings that its parser
/// has found in a message, and takes them from nobody else; so it is given a message to parse.
pub(super) async fn of(name: &str) -> Extensions {
    let (mut client, server) = tokio::io::duplex(BUFFER);
    let (sender, mut found) = mpsc::channel(1);
    let service = service_fn(move |request: hyper::Request<_>| {
        let sent = sender.try_send(request.extensions().clone());
        async move { sent.map(|()| Response::new(Empty::<Bytes>::new())) }
    });
    let parse = http1::Builder::new()
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(server), service);
    let ask = async {
        let request = format!("GET / HTTP/1.1\r\n{name}: x\r\nconnection: close\r\n\r\n");
        let written = client.write_all(request.as_bytes()).await;
        // Kept open until it is answered.
        written.map(|()| client)
    };
    let (parsed, asked) = tokio::join!(parse, ask);
    if parsed.is_err() || asked.is_err() {
        tracing::debug!(name, "the header is written in lower case");
    }
    found.try_recv().unwrap_or_default()
}
