//! The WebSocket API as its clients and functions see it: real sockets, functions played by a fake.

mod closing;
mod frames;
mod handshake;
mod management;
mod messages;

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderValue;
use bytes::Bytes;
use emulator_runtime::{Invoke, InvokeError};
use emulator_template::model;
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as ClientError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Limits, ManagementPort, WebSocketApi};

/// A client of the API.
type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An invocation that waits for the test to answer it.
pub(crate) struct Call {
    function: String,
    event: Value,
    answer: oneshot::Sender<Result<Bytes, InvokeError>>,
}

impl Call {
    fn succeed(self, answer: Value) {
        self.answer.send(Ok(answer.to_string().into())).unwrap();
    }

    fn fail(self) {
        let error = InvokeError::Crashed {
            function: self.function,
            status: "signal 9".to_owned(),
        };
        self.answer.send(Err(error)).unwrap();
    }
}

/// Hands every invocation to the test.
struct FakeFunctions(mpsc::UnboundedSender<Call>);

#[async_trait]
impl Invoke for FakeFunctions {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let (answer, answered) = oneshot::channel();
        let event = serde_json::from_slice(&event).unwrap();
        let call = Call {
            function: function.to_owned(),
            event,
            answer,
        };
        self.0.send(call).map_err(|_| InvokeError::Stopping)?;
        answered.await.unwrap_or(Err(InvokeError::Stopping))
    }
}

/// An API with its front door, its management endpoint and its functions.
struct Stack {
    api: WebSocketApi,
    front: SocketAddr,
    management: String,
    calls: Mutex<mpsc::UnboundedReceiver<Call>>,
    http: HttpClient<HttpConnector, Body>,
}

impl Stack {
    async fn start(limits: Limits) -> Self {
        let (sender, calls) = mpsc::unbounded_channel();
        let port = ManagementPort::bind(|headers| !headers.contains_key("origin")).unwrap();
        let management = port.url(&template()).unwrap();
        let functions = Arc::new(FakeFunctions(sender));
        let api = WebSocketApi::start(template(), functions, limits, port).unwrap();
        let front = serve(api.clone()).await;
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        Self {
            api,
            front,
            management,
            calls: Mutex::new(calls),
            http,
        }
    }

    /// The next invocation.
    async fn call(&self) -> Call {
        self.calls.lock().await.recv().await.unwrap()
    }

    /// The next invocation, which must be of this function.
    async fn call_of(&self, function: &str) -> Call {
        let call = self.call().await;
        assert_eq!(call.function, function);
        call
    }

    async fn try_connect(&self, headers: &[(&'static str, &str)]) -> Result<Client, ClientError> {
        let mut request = format!("ws://{}/?a=1&a=2", self.front)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).unwrap());
        }
        tokio_tungstenite::connect_async(request)
            .await
            .map(|(client, _)| client)
    }

    /// A connected client and its connection id.
    async fn connect(&self) -> (Client, String) {
        let (client, id) = tokio::join!(self.try_connect(&[]), async {
            let call = self.call_of("connect").await;
            let id = connection_id(&call.event);
            call.succeed(json!({ "statusCode": 200 }));
            id
        });
        (client.unwrap(), id)
    }

    /// A request to `@connections`: status, error type and body.
    async fn manage(&self, method: &str, id: &str, body: impl Into<Body>) -> (u16, String, Value) {
        let id = id.replace('=', "%3D");
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/@connections/{id}", self.management))
            .header("authorization", "AWS4-HMAC-SHA256 Credential=x")
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    async fn last_active(&self, id: &str) -> Value {
        self.manage("GET", id, "").await.2["lastActiveAt"].take()
    }

    async fn send(&self, request: Request) -> (u16, String, Value) {
        let response = self.http.request(request).await.unwrap();
        let status = response.status().as_u16();
        let kind = response
            .headers()
            .get("x-amzn-errortype")
            .map(|kind| kind.to_str().unwrap());
        let kind = kind.unwrap_or_default().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (
            status,
            kind,
            serde_json::from_slice(&body).unwrap_or(Value::Null),
        )
    }
}

fn template() -> model::WebSocketApi {
    let route = |function: &str, has_response| model::WebSocketRoute {
        function: function.to_owned(),
        selects_response: has_response,
        has_response,
    };
    model::WebSocketApi {
        id: "FeedApi".to_owned(),
        stage: "live".to_owned(),
        route_selection_expression: "$request.body.op".to_owned(),
        routes: [
            ("$connect", route("connect", false)),
            ("$disconnect", route("disconnect", false)),
            ("$default", route("message", true)),
            ("quiet", route("quiet", false)),
        ]
        .map(|(key, route)| (key.to_owned(), route))
        .into(),
    }
}

async fn serve(api: WebSocketApi) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let upgrade = async |State(api): State<WebSocketApi>,
                         ConnectInfo(remote): ConnectInfo<SocketAddr>,
                         request: Request| {
        assert!(WebSocketApi::is_upgrade(request.headers()));
        api.upgrade(request, remote.ip()).await
    };
    let router = Router::new().fallback(upgrade).with_state(api);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener, service).into_future());
    address
}

fn connection_id(event: &Value) -> String {
    event["requestContext"]["connectionId"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn send(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.unwrap();
}

async fn receive(client: &mut Client) -> Message {
    client.next().await.unwrap().unwrap()
}

async fn receive_text(client: &mut Client) -> String {
    receive(client).await.into_text().unwrap().to_string()
}

/// Reads until the server's close frame; its code.
async fn receive_close(client: &mut Client) -> u16 {
    loop {
        if let Message::Close(frame) = receive(client).await {
            return frame.unwrap().code.into();
        }
    }
}
