//! Thousands of WebSocket clients in one process, as light as can be: they share the cores with what
//! is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use domain::Tick;
use e2e::Stack;
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const CONNECTING_AT_ONCE: usize = 32;
/// How many users each connection listens to.
pub const USERS_PER_CONNECTION: usize = 10;
/// The id of every subscription.
pub const ID: &str = "s";

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One frame with prices as a client saw it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The newest tick in the frame.
    pub tick: Tick,
    /// When it arrived, in microseconds since the Unix epoch.
    pub at_us: u64,
}

/// How a client subscribes.
#[derive(Debug)]
pub struct Script {
    /// Headers of the handshake.
    pub headers: Vec<(&'static str, String)>,
    /// Messages, each with what is found in the answer that it waits for.
    pub exchanges: Vec<(String, &'static str)>,
}

/// Subscribes to these users over the raw feed.
pub fn raw_script(token: &str, users: &[String]) -> Script {
    let subscribe = json!({"op": "subscribe", "id": ID, "users": users});
    Script {
        headers: vec![("authorization", format!("Bearer {token}"))],
        exchanges: vec![(subscribe.to_string(), r#""ack""#)],
    }
}

/// Opens the connections, has each subscribe and then reports every frame with prices, until the clients
/// are dropped. `script` says how each subscribes, by its number.
///
/// # Errors
/// If a connection is refused or a subscription is not answered as it should be.
pub async fn start(
    stack: &Stack,
    connections: usize,
    script: impl Fn(usize) -> Script,
) -> Result<(mpsc::UnboundedReceiver<Arrival>, JoinSet<()>)> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let url = stack.websocket_url();
    let done = Arc::new(AtomicU64::new(0));
    let mut connecting = stream::iter(0..connections)
        .map(|number| {
            let (url, sender, done) = (&url, sender.clone(), Arc::clone(&done));
            let script = script(number);
            async move {
                let stream = subscribe(url, script).await?;
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                if count.is_multiple_of(1_000) {
                    eprintln!("  {count} connections");
                }
                anyhow::Ok((stream, sender))
            }
        })
        .buffer_unordered(CONNECTING_AT_ONCE);
    let mut clients = JoinSet::new();
    while let Some((stream, sender)) = connecting.try_next().await? {
        clients.spawn(read(stream, sender));
    }
    Ok((receiver, clients))
}

async fn subscribe(url: &str, script: Script) -> Result<Stream> {
    let mut request = url.into_client_request()?;
    for (name, value) in script.headers {
        request.headers_mut().insert(name, value.parse()?);
    }
    // Small buffers: ten thousand of them are held at once.
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0);
    let (mut stream, _) =
        tokio_tungstenite::connect_async_with_config(request, Some(config), true).await?;
    for (message, expected) in script.exchanges {
        stream.send(Message::text(message)).await?;
        let answer = next_text(&mut stream).await?;
        ensure!(
            answer.contains(expected),
            "{expected} was to come: {answer}"
        );
    }
    Ok(stream)
}

async fn read(mut stream: Stream, arrivals: mpsc::UnboundedSender<Arrival>) {
    loop {
        match next_text(&mut stream).await {
            Ok(text) => {
                let Some(tick) = newest_tick(&text) else {
                    continue;
                };
                if arrivals
                    .send(Arrival {
                        tick,
                        at_us: now_us(),
                    })
                    .is_err()
                {
                    return;
                }
            }
            Err(error) => {
                eprintln!("a connection was lost: {error:#}");
                return;
            }
        }
    }
}

async fn next_text(stream: &mut Stream) -> Result<Utf8Bytes> {
    loop {
        if let Message::Text(text) = stream.next().await.context("closed")?? {
            return Ok(text);
        }
    }
}

/// The newest tick of a frame with prices, of the raw feed or of an operation that shows it first, under any name that
/// begins with `tick`. Without parsing all of it.
fn newest_tick(frame: &str) -> Option<Tick> {
    let is_raw = frame.starts_with(r#"{"type":"prices""#);
    let is_result = frame.starts_with(r#"{"id":"s","type":"next""#);
    let prices = (is_raw || is_result).then_some(frame)?;
    let (_, digits) = prices.rsplit_once(r#""tick"#)?.1.split_once(r#"":"#)?;
    digits
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
        .map(Tick)
}

/// Microseconds since the Unix epoch.
pub fn now_us() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}
