//! `$disconnect` of the WebSocket API: removes the connection with its subscriptions.
//!
//! API Gateway calls it on a best-effort basis: what it misses is removed by the fan-out when a post is
//! answered with 410, and expires in the end.

use api::feed::{RouteResponse, connection_id};
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use feed::Connections;
use lambda_runtime::Error;

/// Removes what is stored about a connection that has closed.
///
/// # Errors
/// If the event names no connection, or it can't be removed.
pub async fn handle(
    connections: &dyn Connections,
    event: ApiGatewayWebsocketProxyRequest,
) -> Result<RouteResponse, Error> {
    let connection = connection_id(&event).ok_or("the event names no connection")?;
    connections.remove_connection(&connection).await?;
    let reason = event.request_context.disconnect_reason.as_deref();
    tracing::debug!(
        connection = &*connection.0,
        code = event.request_context.disconnect_status_code,
        reason,
        "a connection has closed"
    );
    Ok(RouteResponse::ok(None))
}

#[cfg(test)]
mod tests;
