use std::collections::BTreeMap;

use app::Error;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use feed::{ConnectionId, EncodeFrames as _, Frame};
use serde::Serialize;

use crate::frames::JsonFrames;
use crate::problem::Problem;

/// What a function answers to a route of the WebSocket API. A body is sent to the client, except that
/// `$connect` answers with it only when it refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteResponse {
    status_code: u16,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl RouteResponse {
    /// All is well, and this frame goes to the client; if there is none, an empty message may.
    #[must_use]
    pub fn ok(frame: Option<Frame>) -> Self {
        Self {
            status_code: 200,
            headers: BTreeMap::new(),
            body: frame.map(|frame| frame.text()),
        }
    }

    /// As [`Self::ok`], for a client that speaks `graphql-transport-ws`. API Gateway sends what a function returns, and has been
    /// seen to send an empty message where that has no body, which such a client takes for a violation. So where there is nothing to
    /// say it is sent a pong that it did not ask for, which the protocol allows and clients pass over.
    #[must_use]
    pub fn operations(frame: Option<Frame>) -> Self {
        Self::ok(Some(frame.unwrap_or_else(|| JsonFrames.pong(None))))
    }

    /// The connection is accepted, with this subprotocol if there is one.
    #[must_use]
    pub fn accepted(protocol: Option<&str>) -> Self {
        let header = |name: &str| ("Sec-WebSocket-Protocol", name.to_owned());
        Self {
            headers: protocol.map(header).into_iter().collect(),
            ..Self::ok(None)
        }
    }

    /// The connection is refused. The error is logged.
    #[must_use]
    pub fn refused(error: Error) -> Self {
        let problem = Problem::from(error);
        let body = serde_json::to_string(&problem)
            .expect("BUG: plain strings and numbers always serialise");
        let content_type = ("Content-Type", "application/problem+json".to_owned());
        let challenge = problem
            .challenge()
            .map(|text| ("WWW-Authenticate", text.to_owned()));
        Self {
            status_code: problem.status().as_u16(),
            headers: [content_type].into_iter().chain(challenge).collect(),
            body: Some(body),
        }
    }
}

/// The connection that an event is about; API Gateway names it in every event.
#[must_use]
pub fn connection_id(event: &ApiGatewayWebsocketProxyRequest) -> Option<ConnectionId> {
    event
        .request_context
        .connection_id
        .as_deref()
        .map(|id| ConnectionId(id.into()))
}
