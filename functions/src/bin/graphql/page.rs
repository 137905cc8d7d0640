//! GraphiQL in one document, which `make graphiql` builds from `functions/graphiql`.

use std::str::FromStr;

use bootstrap::config::{ConfigError, Env, FromEnv};
use lambda_http::http::{HeaderValue, Uri};

const HTML: &str = include_str!("../../../graphiql/dist/page.html");
/// Allows the script and the style of the page by their hashes.
const POLICY: &str = include_str!("../../../graphiql/dist/content-security-policy.txt");

/// The URL that browsers open the WebSocket feed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedUrl(Uri);

/// Why something is no such URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedUrlError {
    /// It is no URL at all.
    #[error("it is not an absolute URL")]
    NotAbsolute,
    /// `https://` is for `@connections`.
    #[error("its scheme is not wss (or ws on one machine)")]
    Scheme,
    /// It stands in a page and in its policy, where other characters mean something.
    #[error("it may hold a host, a port and a path of letters, digits and `-._~/` only")]
    Extra,
}

impl FromStr for FeedUrl {
    type Err = FeedUrlError;

    fn from_str(text: &str) -> Result<Self, FeedUrlError> {
        let url: Uri = text.parse().map_err(|_| FeedUrlError::NotAbsolute)?;
        match url.scheme_str() {
            Some("wss" | "ws") => {}
            Some(_) => return Err(FeedUrlError::Scheme),
            None => return Err(FeedUrlError::NotAbsolute),
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/-._~[]".contains(&byte);
        if text.bytes().all(is_plain) {
            Ok(Self(url))
        } else {
            Err(FeedUrlError::Extra)
        }
    }
}

impl FromEnv for FeedUrl {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.parse("FEED_URL")
    }
}

impl FeedUrl {
    /// Scheme, host and port: as much of a URL as a policy compares.
    fn origin(&self) -> String {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}")
    }
}

/// The page of one stack.
#[derive(Debug, Clone)]
pub struct Page {
    html: String,
    policy: HeaderValue,
}

impl Page {
    /// The page whose subscriptions come over this feed.
    #[must_use]
    pub fn new(feed: &FeedUrl) -> Self {
        let policy = POLICY.trim().replace("{{feed origin}}", &feed.origin());
        Self {
            html: HTML.replacen("{{feed}}", &feed.0.to_string(), 1),
            policy: HeaderValue::try_from(policy).expect("BUG: both are visible ASCII"),
        }
    }

    /// The document and its `Content-Security-Policy`.
    #[must_use]
    pub fn parts(&self) -> (String, HeaderValue) {
        (self.html.clone(), self.policy.clone())
    }
}

#[cfg(test)]
mod tests;
