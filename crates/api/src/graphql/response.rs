use http::header::{ALLOW, VARY};
use http::{HeaderValue, StatusCode};
use lambda_http::{Body, Request, Response};
use mediatype::names::{APPLICATION, CHARSET, JSON};
use mediatype::{MediaType, MediaTypeBuf, Name, ReadParams as _, Value as ParameterValue};
use serde::Serialize;
use serde_json::{Value, json};

use super::Malformed;
use crate::rest::{RequestError, Responder, accepted};

const GRAPHQL: Name<'static> = Name::new_unchecked("graphql-response");
const JSON_SUFFIX: Name<'static> = Name::new_unchecked("json");
/// Some of what was asked for could not be had. Only with the media type of GraphQL, which says what it means.
const PARTIAL_SUCCESS: u16 = 294;

/// The media type in which a client wants a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMedia {
    /// `application/graphql-response+json`.
    GraphqlResponse,
    /// `application/json`: a legacy client, in the words of the specification. It gets the very same statuses, and its
    /// media type with those of success.
    Json,
}

/// Chooses the media type that the `Accept` header prefers; that of GraphQL without a preference.
///
/// # Errors
/// [`Malformed`] of status 406 if it allows neither, or can't be read.
pub fn media_type(request: &Request) -> Result<ResponseMedia, Malformed> {
    let Some(accept) = accepted(request)? else {
        return Ok(ResponseMedia::GraphqlResponse);
    };
    let utf_8 = [(
        CHARSET,
        ParameterValue::new("utf-8").expect("BUG: it is a token"),
    )];
    let graphql =
        |parameters| MediaType::from_parts(APPLICATION, GRAPHQL, Some(JSON_SUFFIX), parameters);
    let json = |parameters| MediaType::from_parts(APPLICATION, JSON, None, parameters);
    // A client may name the charset. Where none does, a type that it rules out must not come back under that of another.
    let names_charset = |named: &MediaTypeBuf| named.get_param(CHARSET).is_some();
    let mut available = vec![graphql(&[]), json(&[])];
    if accept.media_types().any(names_charset) {
        available.extend([graphql(&utf_8), json(&utf_8)]);
    }
    match accept.negotiate(&available) {
        Some(chosen) if chosen.subty == GRAPHQL => Ok(ResponseMedia::GraphqlResponse),
        Some(_) => Ok(ResponseMedia::Json),
        None => Err(RequestError::NotAcceptable.into()),
    }
}

/// Makes responses.
#[derive(Debug, Clone)]
pub struct GraphqlResponder {
    responder: Responder,
}

impl GraphqlResponder {
    /// Adds to what every response of ours carries.
    #[must_use]
    pub const fn new(responder: Responder) -> Self {
        Self { responder }
    }

    /// What came of an operation: `body` has `data`, and `errors` unless it is complete.
    #[must_use]
    pub fn executed(
        &self,
        media: ResponseMedia,
        body: &impl Serialize,
        is_complete: bool,
    ) -> Response<Body> {
        let status = match (media, is_complete) {
            (ResponseMedia::GraphqlResponse, false) => {
                StatusCode::from_u16(PARTIAL_SUCCESS).expect("BUG: it is a status")
            }
            (ResponseMedia::GraphqlResponse, true) | (ResponseMedia::Json, _) => StatusCode::OK,
        };
        self.respond(status, media, body)
    }

    /// A request error: 400 if the document can't be parsed, else 422.
    #[must_use]
    pub fn rejected(&self, media: ResponseMedia, body: &Value, is_syntax: bool) -> Response<Body> {
        let status = if is_syntax {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        self.respond(status, media, body)
    }

    /// That a `GET` must not change anything.
    #[must_use]
    pub fn mutation_by_get(&self, media: ResponseMedia) -> Response<Body> {
        let message = "GET is for queries alone: send mutations with POST.";
        let body = errors("METHOD_NOT_ALLOWED", message);
        let mut response = self.respond(StatusCode::METHOD_NOT_ALLOWED, media, &body);
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
        response
    }

    /// That a request can't be read.
    #[must_use]
    pub fn malformed(&self, media: ResponseMedia, malformed: &Malformed) -> Response<Body> {
        let body = errors(malformed.code(), &malformed.to_string());
        self.respond(malformed.status(), media, &body)
    }

    /// That the client accepts nothing that we have: the answer is JSON all the same, and no result.
    #[must_use]
    pub fn not_acceptable(&self) -> Response<Body> {
        let message = "Accept application/graphql-response+json or application/json.";
        let body = errors("NOT_ACCEPTABLE", message);
        self.vary(self.responder.respond(
            StatusCode::NOT_ACCEPTABLE,
            "application/json; charset=utf-8",
            &body,
        ))
    }

    fn respond(
        &self,
        status: StatusCode,
        media: ResponseMedia,
        body: &impl Serialize,
    ) -> Response<Body> {
        let content_type = match media {
            ResponseMedia::Json if status.is_success() => "application/json; charset=utf-8",
            ResponseMedia::Json | ResponseMedia::GraphqlResponse => {
                "application/graphql-response+json; charset=utf-8"
            }
        };
        self.vary(self.responder.respond(status, content_type, body))
    }

    fn vary(&self, mut response: Response<Body>) -> Response<Body> {
        let accept = HeaderValue::from_static("Accept");
        response.headers_mut().append(VARY, accept);
        response
    }
}

fn errors(code: &str, message: &str) -> Value {
    json!({"errors": [{"message": message, "extensions": {"code": code}}]})
}
