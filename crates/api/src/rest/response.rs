use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_TYPE,
    HeaderMap, LINK, LOCATION, RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

use super::{Format, Table};
use crate::problem::Problem;

/// Makes responses. Every one of them may be read by a browser of the allowed origin, and none is
/// cached unless the route says so.
#[derive(Debug, Clone)]
pub struct Responder {
    allowed_origin: HeaderValue,
}

impl Responder {
    /// Answers for this origin, or for every one with `*`.
    #[must_use]
    pub const fn new(allowed_origin: HeaderValue) -> Self {
        Self { allowed_origin }
    }

    /// A success.
    #[must_use]
    pub fn ok<T: Serialize>(&self, status: StatusCode, body: &T) -> Response<Body> {
        self.respond(status, "application/json", body)
    }

    /// A success that has nothing to tell.
    #[must_use]
    pub fn no_content(&self) -> Response<Body> {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::NO_CONTENT;
        self.add_headers(response.headers_mut());
        response
    }

    /// A success that anybody may keep for a while.
    #[must_use]
    pub fn cacheable<T: Serialize>(&self, body: &T, max_age_secs: u32) -> Response<Body> {
        let mut response = self.ok(StatusCode::OK, body);
        let value = HeaderValue::try_from(format!("public, max-age={max_age_secs}"))
            .expect("BUG: a number is a header value");
        response.headers_mut().insert(CACHE_CONTROL, value);
        response
    }

    /// A success in the format that the client chose.
    #[must_use]
    pub fn table<T: Serialize + Table>(&self, format: Format, body: &T) -> Response<Body> {
        let mut response = match format {
            Format::Json => self.ok(StatusCode::OK, body),
            Format::Csv => self.text(StatusCode::OK, "text/csv; charset=utf-8", body.to_csv()),
        };
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("Accept"));
        if let Some(query) = body.next_query() {
            // A reference of a query alone is relative to the URL that was asked for, whatever its base.
            let link = HeaderValue::try_from(format!("<?{query}>; rel=\"next\""));
            headers.insert(LINK, link.expect("BUG: queries of ours are ASCII"));
        }
        response
    }

    /// A success that has made something, with its URL, which may be relative to the request's.
    #[must_use]
    pub fn created<T: Serialize>(&self, url: &str, body: &T) -> Response<Body> {
        let mut response = self.ok(StatusCode::CREATED, body);
        let url = HeaderValue::from_str(url).expect("BUG: our URLs are visible ASCII");
        response.headers_mut().insert(LOCATION, url);
        response
    }

    /// A problem.
    #[must_use]
    pub fn problem(&self, problem: &Problem) -> Response<Body> {
        let mut response = self.respond(problem.status(), "application/problem+json", problem);
        let headers = response.headers_mut();
        if let Some(seconds) = problem.retry_after_secs() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = problem.challenge() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }

    /// The response that a handler came to, or its problem.
    #[must_use]
    pub fn answer(&self, answer: Result<Response<Body>, Problem>) -> Response<Body> {
        answer.unwrap_or_else(|problem| self.problem(&problem))
    }

    /// A body of this media type.
    #[must_use]
    pub(crate) fn respond<T: Serialize>(
        &self,
        status: StatusCode,
        content_type: &'static str,
        body: &T,
    ) -> Response<Body> {
        let body = serde_json::to_string(body).expect("BUG: wire types are plain data");
        self.text(status, content_type, body)
    }

    /// A text of this media type.
    #[must_use]
    pub(crate) fn text(
        &self,
        status: StatusCode,
        content_type: &'static str,
        body: String,
    ) -> Response<Body> {
        let mut response = Response::new(Body::Text(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.add_headers(headers);
        response
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.allowed_origin.clone());
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("Link, Location, Retry-After, WWW-Authenticate"),
        );
        if self.allowed_origin != "*" {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
        }
    }
}

#[cfg(test)]
mod tests;
