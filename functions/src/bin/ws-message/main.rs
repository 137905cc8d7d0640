//! `$default` of the WebSocket API: every message that a client sends, in either protocol, but GraphQL operations.
//!
//! The last reply to a message travels as the response of the route, which costs nothing; those before
//! it are posted.

use std::sync::Arc;

use api::feed::{RouteResponse, decode};
use api::operations::decode_control;
use app::Causes;
use bootstrap::config::{EveryoneLimit, KeySecrets, Tables};
use bootstrap::live::Feed;
use bootstrap::push::PushEndpoint;
use bootstrap::websocket::{self, Event};
use bootstrap::{Error, Start, users};
use feed::operations::Control;
use feed::session::{Protocol, Session};
use feed::{ConnectionId, Connections, VerifyToken};

bootstrap::config! {
    struct Config {
        tables: Tables,
        secrets: KeySecrets,
        push: PushEndpoint,
        everyone_limit: EveryoneLimit,
    }
}

struct WsMessage {
    connections: Arc<dyn Connections>,
    /// Answers messages of the raw feed.
    session: Session,
    /// Answers GraphQL clients.
    control: Control,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let tokens = users::authenticator(&clients, &config.tables, tokens);
    let tokens: Arc<dyn VerifyToken> = Arc::new(tokens);
    let feed = Feed::new(&clients, &config.tables, config.push)?;
    let handler = WsMessage {
        connections: feed.store(),
        session: feed.session(Arc::clone(&tokens), prices, config.everyone_limit.0),
        control: feed.control(tokens),
    };
    websocket::run_answering(
        async |id, event| handler.receive(id, event).await,
        async |id, event| handler.give_up(id, &event).await,
    )
    .await
}

impl WsMessage {
    async fn receive(&self, id: ConnectionId, event: Event) -> RouteResponse {
        // A binary message arrives as base64, which is no JSON: it is refused like any other text.
        let body = event.body.as_deref();
        // Where it can't be looked up what is spoken, the message tells: those of the raw feed have no type.
        match self.connections.count_message(&id).await {
            Ok(Some(connection)) if connection.protocol == Protocol::GraphqlTransportWs => {
                let control = &self.control;
                RouteResponse::operations(control.receive(&connection, decode_control(body)).await)
            }
            Ok(None) if decode_control(body).is_ok() => {
                RouteResponse::operations(self.control.dismiss(&id).await)
            }
            Err(error) if decode_control(body).is_ok() => {
                let (connection, error) = (&*id.0, Causes(&error));
                tracing::error!(connection, %error, "looking up a connection failed, its message is not answered");
                RouteResponse::operations(None)
            }
            counted => RouteResponse::ok(self.session.receive(&id, counted, decode(body)).await),
        }
    }

    /// Messages of GraphQL clients that are no operations have no answer that says so: who waits for an acknowledgement is closed
    /// when the time for that is over, and connects again.
    async fn give_up(&self, id: ConnectionId, event: &Event) -> RouteResponse {
        let body = event.body.as_deref();
        if decode_control(body).is_ok() {
            return RouteResponse::operations(None);
        }
        RouteResponse::ok(self.session.give_up(&id, decode(body)).await)
    }
}

#[cfg(test)]
mod tests;
