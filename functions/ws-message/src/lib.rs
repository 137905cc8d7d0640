//! `$default` of the WebSocket API: every message that a client sends, in either protocol, but GraphQL operations.
//!
//! The last reply to a message travels as the response of the route, which costs nothing; those before
//! it are posted.

use std::sync::Arc;

use api::feed::{RouteResponse, connection_id, decode};
use api::operations::decode_control;
use app::Causes;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use feed::Connections;
use feed::operations::Control;
use feed::session::{Protocol, Session};

/// The handler, with what it needs.
pub struct WsMessage {
    /// What is known about connections.
    pub connections: Arc<dyn Connections>,
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
                tracing::error!(connection, %error, "looking up a connection failed, its message is not answered");
                None
            }
            counted => self.session.receive(&id, counted, decode(body)).await,
        };
        Ok(RouteResponse::ok(last))
    }
}

#[cfg(test)]
mod tests;
