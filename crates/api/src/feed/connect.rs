use app::{Error, FieldError};
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use feed::session::Protocol;

const PROTOCOL_HEADER: &str = "sec-websocket-protocol";

/// What a client asks for that opens a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectRequest<'a> {
    /// The subprotocol agreed on, if the client offers any.
    pub protocol: Option<Protocol>,
    /// The token in the `Authorization` header, if there is one.
    pub token: Option<&'a str>,
}

/// Reads the event of `$connect`.
///
/// # Errors
/// If the client offers only subprotocols that we don't speak, or sends a token in another way.
pub fn connect_request(
    event: &ApiGatewayWebsocketProxyRequest,
) -> Result<ConnectRequest<'_>, Error> {
    refuse_tokens_in_url(event)?;
    Ok(ConnectRequest {
        protocol: negotiate(event)?,
        token: bearer_token(event)?,
    })
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
    const NAME: &str = "authorization";
    if event.multi_value_headers.get_all(NAME).iter().count() > 1 {
        return Err(invalid("Authorization", "is given more than once"));
    }
    let Some(value) = event.headers.get(NAME) else {
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
