//! Dispatches a connection's messages, and its end, to the functions of their routes.

use bytes::Bytes;
use tracing::{debug, warn};

use super::api::Api;
use super::connection::{CloseReason, Connection};
use super::event::{Events, new_id};
use super::route;
use crate::proxy::ProxyResponse;

/// Invokes the function of a message's route and sends its answer where there is a route response.
pub(super) async fn dispatch(api: &Api, connection: &Connection, message: &str) {
    let request_id = new_id();
    let Some((key, route)) = route::select(&api.model, message) else {
        reply(
            api,
            connection,
            failure("Forbidden", connection, &request_id),
        );
        return;
    };
    let events = Events {
        api: &api.model,
        connection,
        request_id: &request_id,
    };
    let answer = match api
        .invoke
        .invoke(&route.function, events.message(key, message))
        .await
    {
        Ok(answer) => answer,
        Err(error) => {
            warn!(
                connection = connection.id, route = key, %error,
                "the function of the route failed, the client gets an error message"
            );
            reply(
                api,
                connection,
                failure("Internal server error", connection, &request_id),
            );
            return;
        }
    };
    if !route.has_response {
        if route.selects_response {
            warn!(
                connection = connection.id,
                route = key,
                "the function's answer is dropped: the route has no AWS::ApiGatewayV2::RouteResponse"
            );
        }
        return;
    }
    match ProxyResponse::parse(&answer) {
        // Users of AWS see an empty message where there is no body.
        Ok(answer) => reply(api, connection, answer.body.unwrap_or_default().into()),
        Err(error) => {
            let function = &route.function;
            warn!(
                function, %error,
                "the answer is no proxy response with a statusCode, the client gets an error message"
            );
            reply(
                api,
                connection,
                failure("Internal server error", connection, &request_id),
            );
        }
    }
}

fn reply(api: &Api, connection: &Connection, payload: Bytes) {
    if let Err(error) = connection.send(&payload, &api.limits) {
        debug!(connection = connection.id, ?error, "the answer is dropped");
    }
}

/// API Gateway's own message to a client.
pub(super) fn failure(message: &str, connection: &Connection, request_id: &str) -> Bytes {
    let id = &connection.id;
    format!(r#"{{"message": "{message}", "connectionId":"{id}", "requestId":"{request_id}"}}"#)
        .into()
}

/// Invokes `$disconnect`, once: best effort, as on AWS.
pub(super) async fn disconnect(api: &Api, connection: &Connection, reason: &CloseReason) {
    let Some(route) = api.model.routes.get("$disconnect") else {
        return;
    };
    let request_id = new_id();
    let events = Events {
        api: &api.model,
        connection,
        request_id: &request_id,
    };
    if let Err(error) = api
        .invoke
        .invoke(&route.function, events.disconnect(reason))
        .await
    {
        warn!(connection = connection.id, %error, "$disconnect failed and is not retried");
    }
}
