use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, RequestExt as _, Response};
use mediatype::names::{APPLICATION, HTML, JSON, TEXT};
use mediatype::{MediaType, Name};
use serde::Serialize;
use serde_json::{Value, json};

use super::Malformed;
use crate::rest::{RequestError, Responder, accepted};

const GRAPHQL_RESPONSE: MediaType<'static> = MediaType::from_parts(
    APPLICATION,
    Name::new_unchecked("graphql-response"),
    Some(Name::new_unchecked("json")),
    &[],
);
const APPLICATION_JSON: MediaType<'static> = MediaType::new(APPLICATION, JSON);
const TEXT_HTML: MediaType<'static> = MediaType::new(TEXT, HTML);
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
/// [`Malformed`] of status 406 if it allows neither.
pub fn media_type(request: &Request) -> Result<ResponseMedia, Malformed> {
    let Some(accept) = accepted(request)? else {
        return Ok(ResponseMedia::GraphqlResponse);
    };
    match accept.negotiate(&[GRAPHQL_RESPONSE, APPLICATION_JSON]) {
        Some(chosen) if *chosen == GRAPHQL_RESPONSE => Ok(ResponseMedia::GraphqlResponse),
        Some(_) => Ok(ResponseMedia::Json),
        None => Err(RequestError::NotAcceptable.into()),
    }
}

/// Whether a person's browser asks, and not a program: a `GET` without an operation, whose `Accept` header prefers
/// `text/html` to the media types of results.
#[must_use]
pub fn wants_page(request: &Request) -> bool {
    let parameters = request.query_string_parameters();
    let has_operation = parameters
        .first("query")
        .is_some_and(|query| !query.is_empty());
    if request.method() != Method::GET || has_operation {
        return false;
    }
    let Ok(Some(accept)) = accepted(request) else {
        return false;
    };
    let available = [GRAPHQL_RESPONSE, APPLICATION_JSON, TEXT_HTML];
    accept.negotiate(&available) == Some(&TEXT_HTML)
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
        let body = json!({"errors": [malformed.error()]});
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

    /// The page of [`wants_page`], which may load and run what this `Content-Security-Policy` says.
    #[must_use]
    pub fn page(&self, html: String, policy: HeaderValue) -> Response<Body> {
        let content_type = "text/html; charset=utf-8";
        let response = self.responder.text(StatusCode::OK, content_type, html);
        let mut response = self.vary(response);
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        for (name, value) in [
            (CACHE_CONTROL, "private, max-age=300"),
            (REFERRER_POLICY, "no-referrer"),
            (X_FRAME_OPTIONS, "DENY"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
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
