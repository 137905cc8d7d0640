//! The files of a web site, as a CDN serves them in front of the APIs: those that are there, and `index.html` for every other page,
//! so that a site of one page has its own paths.

mod files;
mod headers;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use axum::http::uri::PathAndQuery;
use axum::http::{Method, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use crate::proxy::has_one_host;
pub use headers::{SiteHeaders, SiteHeadersError};

/// The page of every path that is no file.
const INDEX: &str = "/index.html";
/// Below it are files whose names change with their content.
const HASHED: &str = "/assets/";
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// It is asked for each time whether the file has changed.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");
const VARIES_BY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
const VARIES_BY_BOTH: HeaderValue = HeaderValue::from_static("accept, accept-encoding");

/// A web site in a directory, which may be built, built anew and deleted while it is served.
#[derive(Debug, Clone)]
pub struct Site {
    dir: PathBuf,
    files: ServeDir,
    headers: SiteHeaders,
    advice: String,
}

impl Site {
    /// A site of the files in `dir`, whose answers all have these headers. As long as it has no `index.html`, a page says so, and
    /// `advice`.
    #[must_use]
    pub fn new(dir: &Path, headers: SiteHeaders, advice: &str) -> Self {
        let files = ServeDir::new(dir)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip();
        Self {
            dir: dir.to_owned(),
            files,
            headers,
            advice: advice.to_owned(),
        }
    }

    /// Whether there is a page to show.
    pub async fn is_built(&self) -> bool {
        files::is_served(&self.dir, INDEX).await
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Response {
        let mut response = self.find(request).await;
        self.headers.add_to(response.headers_mut());
        response
    }

    async fn find(&self, mut request: Request) -> Response {
        if request.version() == Version::HTTP_11 && !has_one_host(request.headers()) {
            return refuse(StatusCode::BAD_REQUEST, "One Host is required\n");
        }
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            let allow = [(ALLOW, "GET, HEAD")];
            let status = StatusCode::METHOD_NOT_ALLOWED;
            return (allow, refuse(status, "The site is only read\n")).into_response();
        }
        let path = request.uri().path();
        if path != "/" && files::is_served(&self.dir, path).await {
            let caching = if path.starts_with(HASHED) {
                FOR_GOOD
            } else {
                REVALIDATED
            };
            return self.serve(request, caching, VARIES_BY_ENCODING).await;
        }
        let is_page = path == "/" || names_html(request.headers());
        let is_built = self.is_built().await;
        if is_page && is_built {
            *request.uri_mut() = Uri::from(PathAndQuery::from_static(INDEX));
            return self.serve(request, REVALIDATED, VARIES_BY_BOTH).await;
        }
        let mut response = if !is_built && names_html(request.headers()) {
            self.not_built()
        } else {
            refuse(StatusCode::NOT_FOUND, "There is no such file\n")
        };
        response.headers_mut().insert(VARY, VARIES_BY_BOTH);
        response
    }

    async fn serve(&self, request: Request, caching: HeaderValue, varies: HeaderValue) -> Response {
        let path = request.uri().path().to_owned();
        match self.files.clone().try_call(request).await {
            Ok(response) => {
                let mut response = response.map(Body::new);
                // A file may go between the look and the answer, and nobody must keep that.
                let is_refused = response.status().is_client_error();
                let caching = if is_refused { REVALIDATED } else { caching };
                let headers = response.headers_mut();
                headers.insert(CACHE_CONTROL, caching);
                headers.insert(VARY, varies);
                response
            }
            Err(error) => {
                let dir = self.dir.display();
                tracing::error!(%error, path, "a file of the site at {dir} was not read");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                refuse(status, "The file was not read\n")
            }
        }
    }

    fn not_built(&self) -> Response {
        let text = format!(
            "The site at {} is not built. {}",
            self.dir.display(),
            self.advice
        );
        let page = include_str!("site/not-built.html").replace("{text}", &escape(text.trim_end()));
        let html = [(CONTENT_TYPE, "text/html; charset=utf-8")];
        let mut response = (StatusCode::NOT_FOUND, html, page).into_response();
        response.headers_mut().insert(CACHE_CONTROL, REVALIDATED);
        response
    }
}

/// Whether a client asks for pages by name. Browsers do so where they navigate, and not for scripts, styles and images, which are
/// better off with a 404 than with a page.
fn names_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|media| media.trim().eq_ignore_ascii_case("text/html"))
}

fn refuse(status: StatusCode, message: &'static str) -> Response {
    let headers = [(CACHE_CONTROL, REVALIDATED)];
    (status, headers, message).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
