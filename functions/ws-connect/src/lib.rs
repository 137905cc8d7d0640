//! `$connect` of the WebSocket API: negotiates the protocol, verifies a token if there is one, and stores
//! the connection.
//!
//! It sends nothing: until it has answered, there is no connection to send to.

use api::feed::{RouteResponse, connection_id};
use app::{Error, FieldError};
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use feed::session::{OpenConnection, Protocol};

const PROTOCOL_HEADER: &str = "sec-websocket-protocol";

/// Opens the connection that a client asks for.
///
/// # Errors
/// If the event names no connection. A connection that is refused is no error.
pub async fn handle(
    open: &OpenConnection,
    event: ApiGatewayWebsocketProxyRequest,
) -> Result<RouteResponse, &'static str> {
    let id = connection_id(&event).ok_or("the event names no connection")?;
    Ok(match connect(open, id, &event).await {
        Ok(protocol) => RouteResponse::accepted(protocol.map(Protocol::name)),
        Err(error) => RouteResponse::refused(error),
    })
}

async fn connect(
    open: &OpenConnection,
    id: feed::ConnectionId,
    event: &ApiGatewayWebsocketProxyRequest,
) -> Result<Option<Protocol>, Error> {
    refuse_tokens_in_url(event)?;
    let protocol = negotiate(event)?;
    let token = bearer_token(event)?;
    open.open(id, protocol, token).await?;
    Ok(protocol)
}

/// URLs end up in logs and histories. A client that put a token there must notice, even if the token
/// would do.
fn refuse_tokens_in_url(event: &ApiGatewayWebsocketProxyRequest) -> Result<(), Error> {
    let is_token = |(name, value): (&str, &str)| {
        let name = name.to_ascii_lowercase();
        let named = ["token", "auth", "jwt", "bearer"]
            .iter()
            .any(|word| name.contains(word));
        named || (value.starts_with("eyJ") && value.matches('.').count() == 2)
    };
    match event
        .query_string_parameters
        .iter()
        .find(|parameter| is_token(*parameter))
    {
        None => Ok(()),
        Some((name, _)) => Err(invalid(
            name,
            "a token doesn't belong in a URL: send it in the Authorization header, or as op auth",
        )),
    }
}

/// Chooses among the subprotocols that the client offers; it may offer none.
fn negotiate(event: &ApiGatewayWebsocketProxyRequest) -> Result<Option<Protocol>, Error> {
    let multiple = event.multi_value_headers.get_all(PROTOCOL_HEADER);
    let mut offered = multiple
        .iter()
        .chain(event.headers.get(PROTOCOL_HEADER))
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .peekable();
    if offered.peek().is_none() {
        return Ok(None);
    }
    // What the client would rather speak comes first, as RFC 6455 says.
    match offered.find_map(Protocol::from_name) {
        Some(protocol) => Ok(Some(protocol)),
        None => Err(invalid(
            "Sec-WebSocket-Protocol",
            &format!(
                "the subprotocols are {}; offering none means the first",
                Protocol::ALL.map(Protocol::name).join(" and ")
            ),
        )),
    }
}

/// The token in the `Authorization` header, if the client sent one.
fn bearer_token(event: &ApiGatewayWebsocketProxyRequest) -> Result<Option<&str>, Error> {
    let Some(value) = event.headers.get("authorization") else {
        return Ok(None);
    };
    let parts = value
        .to_str()
        .ok()
        .and_then(|value| value.trim().split_once(' '));
    match parts {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Error::Unauthenticated(
            "the Authorization header is not: Bearer <token>",
        )),
    }
}

fn invalid(field: &str, detail: &str) -> Error {
    Error::Invalid(vec![FieldError {
        field: field.to_owned(),
        detail: detail.to_owned(),
    }])
}

#[cfg(test)]
mod tests;
