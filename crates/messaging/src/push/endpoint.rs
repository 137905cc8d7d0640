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
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PushEndpoint, InvalidEndpoint> {
        text.parse()
    }

    #[test]
    fn the_urls_of_aws_and_of_one_machine_are_read() {
        let aws = parse("https://a1b2.execute-api.eu-central-1.amazonaws.com/live").unwrap();
        assert_eq!(aws.authority, "a1b2.execute-api.eu-central-1.amazonaws.com");
        assert_eq!((aws.scheme, aws.path.as_str()), (Scheme::HTTPS, "/live"));
        let local = parse("http://127.0.0.1:8001/_aws/feed/").unwrap();
        assert_eq!(
            (local.scheme, local.path.as_str()),
            (Scheme::HTTP, "/_aws/feed")
        );
        assert_eq!(parse("http://localhost:1").unwrap().path, "");
        assert_eq!(parse("http://localhost:1/").unwrap().path, "");
    }

    #[test]
    fn what_could_not_be_posted_to_or_signed_is_refused() {
        assert_eq!(parse("not a url"), Err(InvalidEndpoint::NotAbsolute));
        assert_eq!(parse("/live"), Err(InvalidEndpoint::NotAbsolute));
        assert_eq!(
            parse("wss://host/live"),
            Err(InvalidEndpoint::Scheme("wss".into()))
        );
        for url in [
            "https://u:p@host/live",
            "https://host/live?x=1",
            "https://host/live#x",
        ] {
            assert_eq!(parse(url), Err(InvalidEndpoint::Extra), "{url}");
        }
        for url in [
            "https://host//live",
            "https://host/a/../b",
            "https://host/a%20b",
        ] {
            assert_eq!(parse(url), Err(InvalidEndpoint::Path), "{url}");
        }
    }
}
