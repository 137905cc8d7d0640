//! WebSocket functions: events come from the routes of API Gateway's WebSocket API.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use api::feed::{RouteResponse, connection_id};
use feed::ConnectionId;
use futures_util::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use tokio::time::timeout;

pub use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;

use crate::Error;

#[cfg(test)]
mod tests;

/// How long before its deadline an invocation is given up. What is left is for telling the client, and for a cold start before it,
/// which API Gateway counts and the deadline doesn't: it waits 29 seconds
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>).
const RESERVE: Duration = Duration::from_secs(3);
/// What giving up may take of it.
const GIVING_UP: Duration = Duration::from_secs(1);

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
        handle(connection(&event.payload)?, event.payload).await
    }))
    .await
}

/// Gives `answer` each event, with the connection that it is about. If it panics or its deadline comes near, `give_up` says what
/// the client is told: should the invocation fail, API Gateway would send a frame of its own that no protocol knows.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn run_answering<F, G>(answer: F, give_up: G) -> Result<(), Error>
where
    F: AsyncFn(ConnectionId, Event) -> RouteResponse,
    G: AsyncFn(ConnectionId, Event) -> RouteResponse,
{
    let (answer, give_up) = (&answer, &give_up);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Event>| {
        let (id, deadline) = (connection(&event.payload)?, event.context.deadline());
        let event = event.payload;
        let patience = until(deadline).saturating_sub(RESERVE);
        let reason = match attempt(patience, answer(id.clone(), event.clone())).await {
            Ok(response) => return Ok(response),
            Err(reason) => reason,
        };
        tracing::error!(connection = &*id.0, %reason, "answering a message failed, the client is told to try again");
        attempt(GIVING_UP, give_up(id, event)).await.map_err(Error::from)
    }))
    .await
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("the function panicked: {0}")]
    Panicked(String),
    #[error("there was no answer in {0:?}, and the function's timeout is near")]
    Late(Duration),
}

async fn attempt<T>(patience: Duration, answer: impl Future<Output = T>) -> Result<T, Unanswered> {
    match timeout(patience, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => Err(Unanswered::Panicked(message(&*panic))),
        Err(_elapsed) => Err(Unanswered::Late(patience)),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no reason given").to_owned()
}

fn until(deadline: SystemTime) -> Duration {
    // None is left once it has passed.
    deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default()
}

fn connection(event: &Event) -> Result<ConnectionId, Error> {
    connection_id(event).ok_or_else(|| "the event names no connection".into())
}
