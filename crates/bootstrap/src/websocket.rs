//! WebSocket functions: events come from the routes of API Gateway's WebSocket API.

use api::feed::{RouteResponse, connection_id};
use feed::ConnectionId;
use lambda_runtime::{LambdaEvent, service_fn};

pub use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;

use crate::Error;

/// Gives `handle` each event, with the connection that it is about.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn run<F>(handle: F) -> Result<(), Error>
where
    F: AsyncFn(ConnectionId, Event) -> Result<RouteResponse, Error>,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Event>| {
        let id = connection_id(&event.payload).ok_or("the event names no connection")?;
        handle(id, event.payload).await
    }))
    .await
}
