//! `$default` of the WebSocket API: every message that a client sends, in either protocol, but GraphQL operations.
//!
//! The last reply to a message travels as the response of the route, which costs nothing; those before
//! it are posted.

use std::sync::Arc;

use api::feed::{RouteResponse, decode, encode};
use api::operations::decode_control;
use app::Causes;
use async_trait::async_trait;
use bootstrap::config::{ConfigError, Env, FromEnv, PriceSecret, Tables, TokenSecret};
use bootstrap::live::Feed;
use bootstrap::push::PushEndpoint;
use bootstrap::websocket::{self, Event};
use bootstrap::{Error, Start, users};
use feed::operations::Control;
use feed::session::{HoldConnection, Message, Protocol, Reply, SEND_BUDGET, SendReplies, Session};
use feed::{ConnectionId, PushError, PushMessages, VerifyToken};

struct Config {
    tables: Tables,
    tokens: TokenSecret,
    prices: PriceSecret,
    push: PushEndpoint,
    everyone_limit: usize,
}

impl FromEnv for Config {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            tables: env.read()?,
            tokens: env.read()?,
            prices: env.read()?,
            push: env.read()?,
            everyone_limit: env.parse("MARKET_SUBSCRIPTION_USERS")?,
        })
    }
}

struct WsMessage {
    connections: Arc<dyn HoldConnection>,
    /// Answers messages of the raw feed.
    session: Session,
    /// Answers GraphQL clients.
    control: Control,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let (tokens, prices) = secrets
        .keys_and_prices(&config.tokens, &config.prices)
        .await?;
    let tokens = users::verify_existing(&clients, &config.tables, tokens);
    let tokens: Arc<dyn VerifyToken> = Arc::new(tokens);
    let feed = Feed::new(&clients, &config.tables, config.push)?;
    let replies = Arc::new(PushReplies { push: feed.push() });
    let handler = WsMessage {
        connections: feed.store(),
        session: feed.session(Arc::clone(&tokens), replies, prices, config.everyone_limit),
        control: feed.control(tokens),
    };
    websocket::run(async |id, event| Ok(handler.receive(id, event).await)).await
}

impl WsMessage {
    async fn receive(&self, id: ConnectionId, event: Event) -> RouteResponse {
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
        RouteResponse::ok(last.map(|Message(text)| text))
    }
}

/// Posts replies.
struct PushReplies {
    push: Arc<dyn PushMessages>,
}

impl PushReplies {
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

#[cfg(test)]
mod tests;
