//! What the session has functions do: a message, and the end of the connection.

use bytes::Bytes;
use tracing::{debug, warn};

use super::Shared;
use super::connection::{CloseReason, Connection};
use super::event::{Events, new_id};
use super::route::{self, Answer};

/// Invokes the function of a message's route and sends its answer where there is a route response.
pub(super) async fn deliver(shared: &Shared, connection: &Connection, message: &str) {
    let request_id = new_id();
    let Some((key, route)) = route::select(&shared.model, message) else {
        reply(
            shared,
            connection,
            failure("Forbidden", connection, &request_id),
        );
        return;
    };
    let events = Events {
        api: &shared.model,
        connection,
        request_id: &request_id,
    };
    let answer = match shared
        .invoke
        .invoke(&route.function, events.message(key, message))
        .await
    {
        Ok(answer) => answer,
        Err(error) => {
            warn!(connection = connection.id, route = key, %error, "message failed");
            reply(
                shared,
                connection,
                failure("Internal server error", connection, &request_id),
            );
            return;
        }
    };
    if !route.has_response {
        return;
    }
    match Answer::parse(&answer) {
        Ok(Answer {
            body: Some(body), ..
        }) if !body.is_empty() => {
            reply(shared, connection, body.into());
        }
        Ok(_) => {}
        Err(error) => {
            let function = &route.function;
            warn!(function, %error, "answer is not a proxy response with a statusCode");
            reply(
                shared,
                connection,
                failure("Internal server error", connection, &request_id),
            );
        }
    }
}

fn reply(shared: &Shared, connection: &Connection, payload: Bytes) {
    if let Err(error) = connection.send(&payload, &shared.limits) {
        debug!(connection = connection.id, ?error, "answer not sent");
    }
}

/// What API Gateway itself tells a client.
pub(super) fn failure(message: &str, connection: &Connection, request_id: &str) -> Bytes {
    let id = &connection.id;
    format!(r#"{{"message": "{message}", "connectionId":"{id}", "requestId":"{request_id}"}}"#)
        .into()
}

/// Tells the function, once; best effort, as on AWS.
pub(super) async fn disconnect(shared: &Shared, connection: &Connection, reason: &CloseReason) {
    let Some(route) = shared.model.routes.get("$disconnect") else {
        return;
    };
    let request_id = new_id();
    let events = Events {
        api: &shared.model,
        connection,
        request_id: &request_id,
    };
    if let Err(error) = shared
        .invoke
        .invoke(&route.function, events.disconnect(reason))
        .await
    {
        warn!(connection = connection.id, %error, "$disconnect failed");
    }
}
