use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest, http::Response};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::{PATIENCE, Stack};

/// How often a subscription is asked for that is unavailable.
pub(crate) const SUBSCRIBE_ATTEMPTS: usize = 5;

/// A WebSocket client of the feed.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The server's answer to the handshake.
    pub handshake: Response<Option<Vec<u8>>>,
    /// Whether a subscription may bring frames at any time.
    is_live: bool,
}

impl Socket {
    /// Connects with further headers.
    ///
    /// # Errors
    /// If the handshake is refused.
    pub async fn connect_with(stack: &Stack, headers: &[(&'static str, &str)]) -> Result<Self> {
        let mut request = stack.websocket_url().into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse()?);
        }
        let (stream, handshake) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self {
            stream,
            handshake,
            is_live: false,
        })
    }

    /// Connects without a token.
    ///
    /// # Errors
    /// If the handshake is refused.
    pub async fn connect(stack: &Stack) -> Result<Self> {
        Self::connect_with(stack, &[]).await
    }

    /// Connects with a token in the `Authorization` header.
    ///
    /// # Errors
    /// If the handshake is refused.
    pub async fn authenticated(stack: &Stack, token: &str) -> Result<Self> {
        Self::connect_with(stack, &[("authorization", &format!("Bearer {token}"))]).await
    }

    /// Sends a JSON message.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn send(&mut self, message: &Value) -> Result<()> {
        self.send_raw(Message::text(message.to_string())).await
    }

    /// Sends any message.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn send_raw(&mut self, message: Message) -> Result<()> {
        Ok(self.stream.send(message).await?)
    }

    /// The next frame as JSON.
    ///
    /// # Errors
    /// If none comes in time, or the connection is closed.
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next())
                .await
                .context("no frame came")?
            {
                Some(Ok(Message::Text(text))) if self.says_nothing(&text) => {}
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
                Some(Ok(Message::Close(close))) => bail!("closed: {close:?}"),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => bail!("the connection is closed"),
            }
        }
    }

    /// Whether a message stands where there is nothing to say: empty on the raw feed, a pong that nobody asked for in GraphQL's
    /// protocol, which has no empty messages.
    fn says_nothing(&self, text: &str) -> bool {
        let protocol = self.handshake.headers().get("sec-websocket-protocol");
        let is_graphql = protocol.is_some_and(|protocol| protocol == "graphql-transport-ws");
        text == if is_graphql { r#"{"type":"pong"}"# } else { "" }
    }

    /// The next frame of this type; others before it are passed over, but for errors.
    ///
    /// # Errors
    /// As [`Socket::next`], or if an error comes that is not waited for.
    pub async fn next_of(&mut self, kind: &str) -> Result<Value> {
        loop {
            let frame = self.next().await?;
            if frame["type"] == kind {
                return Ok(frame);
            }
            anyhow::ensure!(frame["type"] != "error", "{kind} was to come, not {frame}");
        }
    }

    /// Waits until the server closes the connection and gives the close code, if one came.
    ///
    /// # Errors
    /// If it stays open.
    pub async fn closed(&mut self) -> Result<Option<u16>> {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next())
                .await
                .context("still open")?
            {
                Some(Ok(Message::Close(close))) => return Ok(close.map(|close| close.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }

    /// Subscribes and gives the `ack` and the first frame after it. Frames of earlier subscriptions are passed over. What is
    /// `unavailable`, as on a machine that is busy, is asked for again: before its `ack`, or right after it.
    ///
    /// # Errors
    /// If the answer is not an `ack`, or still `unavailable`.
    pub async fn subscribe(&mut self, id: &str, more: Value) -> Result<(Value, Value)> {
        let mut message = json!({"op": "subscribe", "id": id});
        if let (Some(message), Value::Object(more)) = (message.as_object_mut(), more) {
            message.extend(more);
        }
        for _ in 0..SUBSCRIBE_ATTEMPTS {
            self.send(&message).await?;
            let ack = self.next_reply(id).await?;
            if is_unavailable(&ack) {
                continue;
            }
            anyhow::ensure!(ack["type"] == "ack", "subscribe answered {ack}");
            // What is unavailable after its `ack` may have been live for a moment. A replay may be of no tick.
            self.is_live = true;
            let first = match ack.get("replay") {
                None => self.next_reply(id).await?,
                Some(_) => self.next().await?,
            };
            if !is_unavailable(&first) {
                return Ok((ack, first));
            }
        }
        bail!("the subscription {id} is unavailable, and stays so")
    }

    /// The next frame but for prices that are live, or replayed to other subscriptions: what is replayed has an id.
    async fn next_reply(&mut self, id: &str) -> Result<Value> {
        loop {
            let frame = self.next().await?;
            let is_price = matches!(frame["type"].as_str(), Some("prices" | "market"));
            if !(self.is_live && is_price && frame["id"] != id) {
                return Ok(frame);
            }
        }
    }

    /// Cuts the TCP connection without a close frame.
    pub fn cut(self) {
        drop(self);
    }
}

/// Whether a frame of the raw feed says that a message could not be served for now.
fn is_unavailable(frame: &Value) -> bool {
    frame["type"] == "error" && frame["code"] == "unavailable"
}
