use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::*;

const BUDGET: Duration = Duration::from_secs(5);

/// One request as the server saw it.
#[derive(Debug)]
struct Seen {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    peer: SocketAddr,
}

/// An `@connections` that answers as scripted, then 200.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    async fn start(script: &[(u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/live", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let script = Arc::new(Mutex::new(script.iter().copied().collect::<VecDeque<_>>()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, peer) = listener.accept().await.unwrap();
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, peer, &log, &script));
                    let server = hyper::server::conn::http1::Builder::new();
                    server
                        .serve_connection(TokioIo::new(stream), service)
                        .await
                        .unwrap();
                });
            }
        });
        Self { url, seen }
    }

    fn client(&self) -> PushClient {
        client(&self.url)
    }

    fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    log: &Mutex<Vec<Seen>>,
    script: &Mutex<VecDeque<(u16, &'static str)>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let path = parts.uri.path().to_owned();
    log.lock().unwrap().push(Seen {
        method: parts.method,
        path,
        headers: parts.headers,
        body,
        peer,
    });
    let (status, body) = script.lock().unwrap().pop_front().unwrap_or((200, ""));
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if status == 403 {
        response
            .headers_mut()
            .insert("x-amzn-errortype", "ForbiddenException".parse().unwrap());
    }
    Ok(response)
}

fn client(url: &str) -> PushClient {
    let credentials = Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        Some("token".to_owned()),
        None,
        "test",
    );
    let provider = SharedCredentialsProvider::new(credentials);
    PushClient::new(url.parse().unwrap(), "eu-central-1", provider)
}

fn connection(id: &str) -> ConnectionId {
    ConnectionId(id.into())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[tokio::test]
async fn posts_are_signed_and_go_to_the_connection_over_one_kept_tcp_connection() {
    let server = Server::start(&[]).await;
    let client = server.client();
    let frame = Frame::new("a frame");
    client
        .push(&connection("L0SM9cOFvHcCIhw="), &frame, Duration::ZERO)
        .await
        .unwrap();
    client
        .push(&connection("a/b"), &Frame::new("a message"), Duration::ZERO)
        .await
        .unwrap();

    let seen = server.seen();
    assert_eq!(seen[0].path, "/live/@connections/L0SM9cOFvHcCIhw%3D");
    assert_eq!(seen[1].path, "/live/@connections/a%2Fb");
    assert_eq!(
        (&seen[0].body[..], &seen[1].body[..]),
        (&b"a frame"[..], &b"a message"[..])
    );
    assert_eq!(seen[0].peer, seen[1].peer);
    for Seen {
        method, headers, ..
    } in &seen
    {
        assert_eq!(method, Method::POST);
        assert_eq!(headers["x-amz-security-token"], "token");
        assert_eq!(headers["host"], server.url[7..].trim_end_matches("/live"));
        let authorization = headers["authorization"].to_str().unwrap();
        let date = headers["x-amz-date"].to_str().unwrap();
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/eu-central-1/execute-api/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=",
            &date[..8]
        );
        assert_eq!(&authorization[..authorization.len() - 64], expected);
    }
}

#[tokio::test]
async fn throttling_and_faults_are_retried_within_the_budget() {
    let server = Server::start(&[(429, ""), (500, ""), (503, "busy")]).await;
    server
        .client()
        .push(&connection("c"), &Frame::new("x"), BUDGET)
        .await
        .unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|seen| &seen.body[..] == b"x"));
}

#[tokio::test]
async fn without_a_budget_throttling_is_reported_at_once() {
    let server = Server::start(&[(429, r#"{"message":"Too Many Requests"}"#)]).await;
    let result = server
        .client()
        .push(&connection("c"), &Frame::new("x"), Duration::ZERO)
        .await;
    assert!(matches!(result, Err(PushError::Throttled)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_gone_connection_is_told_apart_and_not_tried_again() {
    let server = Server::start(&[(410, r#"{"message":"GoneException"}"#)]).await;
    let result = server
        .client()
        .push(&connection("c"), &Frame::new("x"), BUDGET)
        .await;
    assert!(matches!(result, Err(PushError::Gone)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again_and_says_why() {
    let server =
        Server::start(&[(403, r#"{"message":"not authorized"}"#), (413, "too large")]).await;
    let client = server.client();
    let refused = client
        .push(&connection("c"), &Frame::new("x"), BUDGET)
        .await
        .unwrap_err();
    assert_eq!(
        chain(&refused),
        "the message could not be sent: the answer was 403 Forbidden: \
         ForbiddenException {\"message\":\"not authorized\"}"
    );
    let refused = client
        .push(&connection("c"), &Frame::new("x"), BUDGET)
        .await
        .unwrap_err();
    assert!(
        chain(&refused).contains("413 Payload Too Large: too large"),
        "{refused:?}"
    );
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn nobody_listening_is_a_fault_with_its_cause() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let client = client(&format!("http://127.0.0.1:{port}/live"));
    let error = client
        .push(&connection("c"), &Frame::new("x"), Duration::ZERO)
        .await
        .unwrap_err();
    assert!(matches!(error, PushError::Failed(_)));
    assert!(
        chain(&error).to_lowercase().contains("refused"),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn closing_a_connection_deletes_it_and_one_that_is_gone_is_closed() {
    let server = Server::start(&[(204, ""), (410, ""), (403, "")]).await;
    let client = server.client();
    client.disconnect(&connection("c")).await.unwrap();
    client.disconnect(&connection("c")).await.unwrap();
    assert!(client.disconnect(&connection("c")).await.is_err());
    let seen = server.seen();
    assert!(
        seen.iter()
            .all(|seen| seen.method == Method::DELETE && seen.body.is_empty())
    );
    assert_eq!(seen[0].path, "/live/@connections/c");
}
