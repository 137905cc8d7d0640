//! `$default` of the WebSocket API: every message that a client sends, in either protocol, but GraphQL operations.
//!
//! The last reply to a message travels as the response of the route, which costs nothing; those before
//! it are posted.

use std::sync::Arc;

use api::feed::{RouteResponse, connection_id, decode, encode};
use api::operations::decode_control;
use app::Causes;
use async_trait::async_trait;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use feed::operations::Control;
use feed::session::{HoldConnection, Message, Protocol, Reply, SEND_BUDGET, SendReplies, Session};
use feed::{ConnectionId, PushError, PushMessages};

/// Posts replies.
pub struct PushReplies {
    push: Arc<dyn PushMessages>,
}

impl PushReplies {
    /// Replies that are posted here.
    #[must_use]
    pub const fn new(push: Arc<dyn PushMessages>) -> Self {
        Self { push }
    }

    async fn post(&self, connection: &ConnectionId, messages: &[String]) -> Result<(), PushError> {
        for message in messages {
            self.push
                .push(connection, message.as_bytes(), SEND_BUDGET)
                .await?;
        }
        Ok(())
    }
}

#[async_trait]
impl SendReplies for PushReplies {
    async fn send(&self, connection: &ConnectionId, reply: &Reply) -> Result<(), PushError> {
        self.post(connection, &encode(reply)).await
    }

    async fn send_all_but_last(
        &self,
        connection: &ConnectionId,
        reply: &Reply,
    ) -> Result<Option<Message>, PushError> {
        let mut messages = encode(reply);
        let last = messages.pop();
        self.post(connection, &messages).await?;
        Ok(last.map(Message))
    }

    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError> {
        self.push.disconnect(connection).await
    }
}

/// The handler, with what it needs.
pub struct WsMessage {
    /// What is known about connections.
    pub connections: Arc<dyn HoldConnection>,
    /// Answers messages of the raw feed.
    pub session: Session,
    /// Answers GraphQL clients.
    pub control: Control,
}

impl WsMessage {
    /// Answers one message.
    ///
    /// # Errors
    /// If the event names no connection.
    pub async fn handle(
        &self,
        event: ApiGatewayWebsocketProxyRequest,
    ) -> Result<RouteResponse, &'static str> {
        let id = connection_id(&event).ok_or("the event names no connection")?;
        // A binary message arrives as base64, which is no JSON: it is refused like any other text.
        let body = event.body.as_deref();
        // Where it can't be looked up what is spoken, the message tells: those of the raw feed have no type.
        let last = match self.connections.count_message(&id).await {
            Ok(Some(connection)) if connection.protocol == Protocol::GraphqlTransportWs => {
                self.control
                    .receive(&connection, decode_control(body))
                    .await
            }
            Ok(None) if decode_control(body).is_ok() => self.control.dismiss(&id).await,
            Err(error) if decode_control(body).is_ok() => {
                let (connection, error) = (&*id.0, Causes(&error));
                tracing::error!(connection, %error, "a message was not answered");
                None
            }
            counted => self.session.receive(&id, counted, decode(body)).await,
        };
        Ok(RouteResponse::ok(last.map(|Message(text)| text)))
    }
}

#[cfg(test)]
mod tests;
