//! `$connect` of the WebSocket API: negotiates the protocol, verifies a token if there is one, and stores
//! the connection.
//!
//! It sends nothing: until it has answered, there is no connection to send to.

use api::feed::{ConnectRequest, RouteResponse, connect_request};
use api::origin::Origin;
use bootstrap::config::{OriginSecret, Tables, TokenSecret};
use bootstrap::websocket::{self, Event};
use bootstrap::{Error, Start, live, users};
use feed::ConnectionId;
use feed::session::{OpenConnection, Protocol};

bootstrap::config! {
    struct Config {
        tables: Tables,
        tokens: TokenSecret,
        origin: OriginSecret,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let (tokens, origin) = tokio::try_join!(
        secrets.token_keys(&config.tokens),
        secrets.origin(&config.origin)
    )?;
    let tokens = users::authenticator(&clients, &config.tables, tokens);
    let open = live::open_connection(&clients, &config.tables, tokens);
    websocket::run(async |id, event| {
        Ok(match connect(&open, &origin, id, &event).await {
            Ok(protocol) => RouteResponse::accepted(protocol.map(Protocol::name)),
            Err(error) => RouteResponse::refused(error),
        })
    })
    .await
}

async fn connect(
    open: &OpenConnection,
    origin: &Origin,
    id: ConnectionId,
    event: &Event,
) -> Result<Option<Protocol>, app::Error> {
    let ConnectRequest { protocol, token } = connect_request(event)?;
    let network = origin.network_of_connection(event);
    open.open(id, protocol, token, network).await?;
    Ok(protocol)
}
