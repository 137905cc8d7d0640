//! `$disconnect` of the WebSocket API: removes the connection with its subscriptions.
//!
//! API Gateway calls it on a best-effort basis: what it misses is removed by the fan-out when a post is
//! answered with 410, and expires in the end.

use api::feed::RouteResponse;
use bootstrap::config::Tables;
use bootstrap::websocket::{self, Event};
use bootstrap::{Error, Start, live};
use feed::{ConnectionId, Connections};

bootstrap::config! {
    struct Config {
        tables: Tables,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let feed = live::store(&clients, &config.tables);
    websocket::run(async |id, event| disconnect(&feed, id, &event).await).await
}

async fn disconnect(
    feed: &dyn Connections,
    connection: ConnectionId,
    event: &Event,
) -> Result<RouteResponse, Error> {
    feed.remove_connection(&connection).await?;
    let reason = event.request_context.disconnect_reason.as_deref();
    tracing::debug!(
        connection = &*connection.0,
        code = event.request_context.disconnect_status_code,
        reason,
        "connection closed"
    );
    Ok(RouteResponse::ok(None))
}

#[cfg(test)]
mod tests;
