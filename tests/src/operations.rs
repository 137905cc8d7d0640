use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::socket::SUBSCRIBE_ATTEMPTS;
use crate::{Socket, Stack};

/// The subprotocol of GraphQL operations.
const PROTOCOL: &str = "graphql-transport-ws";

/// A WebSocket on which a client runs GraphQL operations.
pub struct Operations {
    /// The connection, for what is said by hand.
    pub socket: Socket,
    /// What was asked for under an id, and how often.
    asked: HashMap<String, (Value, usize)>,
}

impl Operations {
    /// Connects and is acknowledged with this token.
    ///
    /// # Errors
    /// If that is refused.
    pub async fn connect(stack: &Stack, token: &str) -> Result<Self> {
        let protocol = [("sec-websocket-protocol", PROTOCOL)];
        let mut socket = Socket::connect_with(stack, &protocol).await?;
        let authorization = format!("Bearer {token}");
        let payload = json!({"Authorization": authorization});
        socket
            .send(&json!({"type": "connection_init", "payload": payload}))
            .await?;
        let answer = socket.next().await?;
        ensure!(answer == json!({"type": "connection_ack"}), "got {answer}");
        let asked = HashMap::new();
        Ok(Self { socket, asked })
    }

    /// Asks for an operation, and waits for nothing.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) -> Result<()> {
        let payload = json!({"query": query, "variables": variables});
        let message = json!({"id": id, "type": "subscribe", "payload": payload});
        self.socket.send(&message).await?;
        self.asked.insert(id.to_owned(), (message, 1));
        Ok(())
    }

    /// The data of the next result of an operation, under its only root field. Messages of others are passed over. What is
    /// unavailable, as on a machine that is busy, is asked for again.
    ///
    /// # Errors
    /// If it ends, has errors or brings nothing in time.
    pub async fn result(&mut self, id: &str) -> Result<Value> {
        let mut message = loop {
            let message = self.next_of(id).await?;
            if !self.asks_again(id, &message).await? {
                break message;
            }
        };
        let is_result = message["type"] == "next" && message["payload"].get("errors").is_none();
        ensure!(is_result, "got {message}");
        let data = message["payload"]["data"].as_object_mut();
        let field = data.and_then(|data| data.values_mut().next());
        Ok(field.context("a result has a field")?.take())
    }

    /// Asks again for an operation that is unavailable.
    async fn asks_again(&mut self, id: &str, message: &Value) -> Result<bool> {
        let is_unavailable = message["type"] == "error"
            && message["payload"][0]["extensions"]["code"] == "UNAVAILABLE";
        let Some((asked, times)) = self.asked.get_mut(id).filter(|_| is_unavailable) else {
            return Ok(false);
        };
        *times += 1;
        ensure!(
            *times <= SUBSCRIBE_ATTEMPTS,
            "{id} is unavailable, and stays so"
        );
        self.socket.send(asked).await?;
        Ok(true)
    }

    /// The next message of an operation, or about the connection with its name as the id. Others are passed over.
    ///
    /// # Errors
    /// If none comes in time, or the connection is closed.
    pub async fn next_of(&mut self, id: &str) -> Result<Value> {
        loop {
            let message = self.socket.next().await?;
            if message["id"] == id {
                return Ok(message);
            }
        }
    }

    /// Everything that was sent up to now: messages stay in order, so all of it comes before the answer to a ping.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn sent_so_far(&mut self) -> Result<Vec<Value>> {
        let ping = json!({"type": "ping", "payload": {"until": uuid::Uuid::now_v7().to_string()}});
        self.socket.send(&ping).await?;
        let mut sent = Vec::new();
        loop {
            let message = self.socket.next().await?;
            if message["type"] == "pong" && message["payload"] == ping["payload"] {
                return Ok(sent);
            }
            sent.push(message);
        }
    }
}
