use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, Scheme};

/// Where `@connections` is: `https://{api}.execute-api.{region}.amazonaws.com/{stage}` on AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushEndpoint {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    /// Without a slash at its end; empty for the root.
    pub(super) path: String,
}

/// Why a URL can't be the endpoint of `@connections`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// It is no URL at all.
    #[error("it is not an absolute URL")]
    NotAbsolute,
    /// `wss://` is the URL for clients, this one is for HTTP requests.
    #[error("its scheme is {0:?} instead of https (or http on one machine)")]
    Scheme(String),
    /// User names, passwords, queries and fragments have no place here.
    #[error("it may hold a host, a port and a path only")]
    Extra,
    /// The path would not survive signing unchanged.
    #[error("its path may hold only letters, digits and `-._~`, divided by single slashes")]
    Path,
}

impl FromStr for PushEndpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        let uri: Uri = text.parse().map_err(|_| InvalidEndpoint::NotAbsolute)?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(InvalidEndpoint::NotAbsolute);
        };
        if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(InvalidEndpoint::Scheme(scheme.to_string()));
        }
        let path = parts
            .path_and_query
            .as_ref()
            .map_or("", |path| path.as_str());
        // `http` drops a fragment without a word, so it is looked for in the text.
        if authority.as_str().contains('@') || path.contains('?') || text.contains('#') {
            return Err(InvalidEndpoint::Extra);
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        if !path.split('/').skip(1).all(is_plain_segment) {
            return Err(InvalidEndpoint::Path);
        }
        Ok(Self {
            scheme,
            authority,
            path: path.to_owned(),
        })
    }
}

fn is_plain_segment(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests;
