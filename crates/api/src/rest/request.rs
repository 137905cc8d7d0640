use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use app::users::Network;
use app::{Error, FieldError};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The largest body that is read: many times what any request of ours needs.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// Why a request's body is not even looked into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The content type is another one, or there is none.
    #[error("Send the body as application/json (in UTF-8).")]
    UnsupportedMediaType,
    /// More than [`MAX_BODY_BYTES`].
    #[error("The body may have at most {MAX_BODY_BYTES} bytes.")]
    BodyTooLarge,
    /// Not JSON.
    #[error("The body can't be read as JSON: {0}.")]
    MalformedJson(String),
    /// JSON, but not an object.
    #[error("The body must be a JSON object.")]
    NotAnObject,
}

/// The members of a JSON body, to be taken one by one. What is wrong with any of them is gathered, so
/// that a client learns of everything at once.
#[derive(Debug)]
pub struct Fields {
    members: Vec<(String, Value)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`RequestError`] if it is no JSON object of a size and content type that are accepted.
    pub fn read(request: &Request) -> Result<Self, RequestError> {
        if !is_json(request) {
            return Err(RequestError::UnsupportedMediaType);
        }
        let body: &[u8] = request.body().as_ref();
        if body.len() > MAX_BODY_BYTES {
            return Err(RequestError::BodyTooLarge);
        }
        let Members(members) = serde_json::from_slice(body).map_err(|error| {
            if error.is_data() {
                RequestError::NotAnObject
            } else {
                RequestError::MalformedJson(error.to_string())
            }
        })?;
        Ok(Self {
            members,
            known: Vec::new(),
            errors: Vec::new(),
        })
    }

    /// Takes a text that must be there. `None` says that it could not be had, and that
    /// [`Fields::finish`] will say why.
    pub fn required<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let before = self.errors.len();
        let value = self.optional(name, parse);
        if value.is_none() && self.errors.len() == before {
            self.refuse(name, "is missing: expected a text");
        }
        value
    }

    /// Takes a text that may be left out or `null`.
    pub fn optional<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.known.push(name);
        let mut given = self.members.extract_if(.., |(member, _)| member == name);
        let value = given.next()?.1;
        let refusal = if given.next().is_some() {
            "is given more than once".to_owned()
        } else {
            match value {
                Value::Null => return None,
                Value::String(text) => match parse(&text) {
                    Ok(value) => return Some(value),
                    Err(error) => error.to_string(),
                },
                Value::Bool(_) => "is a boolean: expected a text".to_owned(),
                Value::Number(_) => "is a number: expected a text".to_owned(),
                Value::Array(_) => "is an array: expected a text".to_owned(),
                Value::Object(_) => "is an object: expected a text".to_owned(),
            }
        };
        drop(given);
        self.refuse(name, refusal);
        None
    }

    /// What was made of the fields, unless one of them was refused or is not known.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every such field.
    ///
    /// # Panics
    /// If nothing was made although no field was refused.
    pub fn finish<T>(mut self, made: impl FnOnce() -> Option<T>) -> Result<T, Error> {
        let known = self.known.join(", ");
        let unknown = self.members.drain(..).map(|(field, _)| FieldError {
            field,
            detail: format!("is not known: expected only {known}"),
        });
        self.errors.extend(unknown);
        if self.errors.is_empty() {
            Ok(made().expect("BUG: every field that gives nothing is refused"))
        } else {
            Err(Error::Invalid(self.errors))
        }
    }

    /// Whether a member is there and not `null`. Ask before taking it.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.members
            .iter()
            .any(|(member, value)| member == name && !value.is_null())
    }

    /// Refuses a field for a reason that no other method finds.
    pub(super) fn refuse(&mut self, field: &str, detail: impl Into<String>) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            detail: detail.into(),
        });
    }
}

/// The token of an `Authorization: Bearer` header, if there is one.
#[must_use]
pub fn bearer_token(request: &Request) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then_some(token.trim())
}

/// The network that a request comes from, as API Gateway saw it; headers that a client can make up are
/// not looked at.
#[must_use]
pub fn network(request: &Request) -> Network {
    let address = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.as_deref(),
        _ => None,
    };
    // API Gateway's own test console gives no address: all its requests count as one network.
    let address = address.and_then(|address| address.parse().ok());
    Network::of(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// Whether the content type is `application/json`, with no charset or with UTF-8.
fn is_json(request: &Request) -> bool {
    let Some(Ok(value)) = request
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.to_str())
    else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    media_type.eq_ignore_ascii_case("application/json")
        && parts
            .filter_map(|parameter| parameter.split_once('='))
            .all(|(name, value)| {
                !name.eq_ignore_ascii_case("charset")
                    || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
}

/// All members of an object, repeated ones too.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AllMembers;

        impl<'de> Visitor<'de> for AllMembers {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(AllMembers)
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
