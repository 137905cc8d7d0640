//! Sessions over REST: the refresh token travels in a cookie that no script can read.

use std::convert::Infallible;

use app::sessions::NewPassword;
use cookie::{Cookie, SameSite};
use domain::Network;
use domain::session::{RefreshClaim, Session, SessionId};
use domain::user::Password;
use http::header::{COOKIE, HOST, HeaderValue, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Uri};
use lambda_http::{Body, Request, Response};
use serde::Serialize;

use super::Fields;
use super::scalars::Text;
use crate::instant::Instant;
use crate::problem::Problem;
use crate::token::RefreshKey;

#[cfg(feature = "openapi")]
pub(super) mod openapi;
#[cfg(test)]
mod tests;

/// The cookie that holds the refresh token.
const NAME: &str = "refresh_token";
/// The cookie goes nowhere else.
const PATH: &str = "/api/v1/users";
/// Where the browser says which site's page sends a request (<https://www.w3.org/TR/fetch-metadata/>).
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Whether cookies go over TLS alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieSecurity {
    /// They do.
    Secure,
    /// They go over plain HTTP, too: for a stack on one machine.
    Plain,
}

/// Writes and reads the cookie.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    /// Makes the tokens.
    pub key: RefreshKey,
    /// Where the cookie goes.
    pub security: CookieSecurity,
}

impl SessionCookie {
    /// What the cookie of a request says, if it has one that we made.
    #[must_use]
    pub fn read(&self, request: &Request) -> Option<RefreshClaim> {
        let headers = request.headers().get_all(COOKIE).iter();
        let texts = headers.filter_map(|value| value.to_str().ok());
        let cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
        let mut named = cookies.filter(|cookie| cookie.name() == NAME);
        // Another of the same name is somebody else's: a browser sends the more specific path first.
        named.find_map(|cookie| self.key.open(cookie.value()))
    }

    /// Gives the client the refresh token that says this.
    pub fn write(&self, response: &mut Response<Body>, claim: &RefreshClaim, now_ms: u64) {
        let session = Session {
            id: claim.session,
            counter: claim.counter,
            used_at_ms: now_ms,
        };
        let seconds = session.ends_at_ms().saturating_sub(now_ms) / 1000;
        self.set(response, self.key.seal(claim), seconds);
    }

    /// Takes the refresh token from the client.
    pub fn remove(&self, response: &mut Response<Body>) {
        self.set(response, String::new(), 0);
    }

    fn set(&self, response: &mut Response<Body>, value: String, seconds: u64) {
        let max_age = cookie::time::Duration::seconds(seconds.cast_signed());
        let cookie = Cookie::build((NAME, value))
            .path(PATH)
            .http_only(true)
            .secure(self.security == CookieSecurity::Secure)
            .same_site(SameSite::Strict)
            .max_age(max_age)
            .to_string();
        let cookie = HeaderValue::try_from(cookie).expect("BUG: a cookie of ours is visible ASCII");
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Makes sure that no page of another site sent a request that a cookie authenticates. What is no browser sends neither header.
///
/// # Errors
/// The problem, if one did.
pub fn check_site(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let is_own = match headers.get(SEC_FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => headers
            .get(ORIGIN)
            .is_none_or(|origin| is_host(headers, origin)),
    };
    is_own.then_some(()).ok_or_else(Problem::cross_site)
}

/// Whether an origin is the host that the request is for.
fn is_host(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.parse::<Uri>().ok());
    let authority = origin.as_ref().and_then(Uri::authority);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match (authority, host) {
        (Some(authority), Some(host)) => authority.as_str().eq_ignore_ascii_case(host),
        _ => false,
    }
}

/// Reads a request that the cookie authenticates: a JSON object without fields, from a page of our own. A form can't send it.
///
/// # Errors
/// The problem with it.
pub fn cookie_request(request: &Request) -> Result<(), Problem> {
    check_site(request)?;
    Ok(Fields::read(request)?.finish(|| Some(()))?)
}

/// Reads `POST /api/v1/users/password`, which comes from this network. The session of `claim` goes on.
///
/// # Errors
/// The problem with the request; bad fields are named all at once.
pub fn new_password(
    request: &Request,
    claim: Option<RefreshClaim>,
    network: Network,
) -> Result<NewPassword, Problem> {
    let mut fields = Fields::read(request)?;
    let current = fields.required("current_password", |text| {
        Ok::<_, Infallible>(text.to_owned())
    });
    let new = fields.required("new_password", Password::parse);
    let made = || {
        Some(NewPassword {
            current: current?,
            new: new?,
            network,
            session: claim.map(|claim| claim.session),
        })
    };
    Ok(fields.finish(made)?)
}

/// Sessions of the caller.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Sessions"))]
pub struct SessionsBody {
    #[cfg_attr(feature = "openapi", schemars(length(max = domain::session::Sessions::MAX)))]
    sessions: Vec<SessionBody>,
}

/// The caller is logged in somewhere.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Session"))]
struct SessionBody {
    id: Text<SessionId>,
    created_at: Instant,
    /// When its newest refresh token was made.
    last_used_at: Instant,
    /// When it ends unless it is used.
    ends_at: Instant,
    /// Whether it is that of the request's cookie.
    current: bool,
}

impl SessionsBody {
    /// These sessions, of which one may be the client's own.
    #[must_use]
    pub fn of(sessions: &[Session], current: Option<SessionId>) -> Self {
        let body = |session: &Session| SessionBody {
            id: session.id.into(),
            created_at: Instant(session.id.started_at_ms()),
            last_used_at: Instant(session.used_at_ms),
            ends_at: Instant(session.ends_at_ms()),
            current: current == Some(session.id),
        };
        Self {
            sessions: sessions.iter().map(body).collect(),
        }
    }
}
