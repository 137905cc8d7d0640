use std::fmt;

use app::{Error, FieldError};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use lambda_http::request::LambdaRequest;
use lambda_http::{Request, RequestExt as _};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

pub use crate::request_error::{MAX_BODY_BYTES, RequestError};

/// What bodies are.
pub(crate) const JSON: &[&str] = &["application/json"];
/// What bodies of `PATCH` are: RFC 7396 has a media type of its own.
const MERGE_PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

/// The members of a JSON body or the parameters of a query, to be taken one by one. What is wrong with any of them is gathered, so
/// that a client learns of everything at once.
#[derive(Debug)]
pub struct Fields {
    /// What stands before the names of members in errors: nothing, or the object that they are in.
    prefix: &'static str,
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
        Self::read_as(request, JSON)
    }

    /// Reads the body of a `PATCH`: a JSON merge patch (RFC 7396), by that media type or as JSON.
    ///
    /// # Errors
    /// As [`Fields::read`].
    pub fn read_merge_patch(request: &Request) -> Result<Self, RequestError> {
        Self::read_as(request, MERGE_PATCH)
    }

    fn read_as(request: &Request, media_types: &[&str]) -> Result<Self, RequestError> {
        Ok(Self::of("", members(request, media_types)?))
    }

    fn of(prefix: &'static str, members: Vec<(String, Value)>) -> Self {
        Self {
            prefix,
            members,
            known: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Reads the query of a request: its parameters are fields as well.
    #[must_use]
    pub fn of_query(request: &Request) -> Self {
        let query = request.query_string_parameters();
        let members = query
            .iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)));
        Self::of("", members.collect())
    }

    /// Takes a string that must be there. `None` says that it could not be had, and that
    /// [`Fields::finish`] will say why.
    pub fn required<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let before = self.errors.len();
        let value = self.optional(name, parse);
        if value.is_none() && self.errors.len() == before {
            self.refuse(name, "is missing: expected a string");
        }
        value
    }

    /// Takes a string that may be left out or `null`.
    pub fn optional<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.removable(name, parse).flatten()
    }

    /// Takes a string that may be left out, or be `null` to be removed: `Some(None)`.
    pub fn removable<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => self.text(name, &value, parse).map(Some),
        }
    }

    /// Takes a string that may be left out, but not removed.
    pub fn changeable<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.take(name)?;
        self.text(name, &value, parse)
    }

    /// Takes a boolean that may be left out.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        if let Value::Bool(flag) = value {
            return Some(flag);
        }
        self.refuse(name, format!("is {}: expected true or false", kind(&value)));
        None
    }

    /// Takes an object that may be left out, whose members `read` takes. `prefix` is its name and a dot,
    /// for errors about them.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        prefix: &'static str,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        match self.take(name)? {
            Value::Object(members) => {
                let mut fields = Self::of(prefix, members.into_iter().collect());
                let value = read(&mut fields);
                fields.refuse_unknown();
                self.errors.append(&mut fields.errors);
                Some(value)
            }
            value => {
                self.refuse(name, format!("is {}: expected an object", kind(&value)));
                None
            }
        }
    }

    /// Refuses a field by which clients may ask for something that can't be done.
    pub fn refused(&mut self, name: &'static str, why: &str) {
        let before = self.members.len();
        self.members.retain(|(member, _)| member != name);
        if self.members.len() < before {
            self.refuse(name, why);
        }
    }

    /// What was made of the fields, unless one of them was refused or is not known.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every such field.
    ///
    /// # Panics
    /// If nothing was made although no field was refused.
    pub fn finish<T>(mut self, made: impl FnOnce() -> Option<T>) -> Result<T, Error> {
        self.refuse_unknown();
        if self.errors.is_empty() {
            Ok(made().expect("BUG: every field that gives nothing is refused"))
        } else {
            Err(Error::Invalid(self.errors))
        }
    }

    /// Takes a member as it is, unless it is given more than once.
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        let mut given = self.members.extract_if(.., |(member, _)| member == name);
        let value = given.next()?.1;
        let is_repeated = given.next().is_some();
        drop(given);
        if is_repeated {
            self.refuse(name, "is given more than once");
            return None;
        }
        Some(value)
    }

    fn text<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let refusal = match value {
            Value::String(text) => match parse(text) {
                Ok(value) => return Some(value),
                Err(error) => error.to_string(),
            },
            other => format!("is {}: expected a string", kind(other)),
        };
        self.refuse(name, refusal);
        None
    }

    fn refuse_unknown(&mut self) {
        let expected = match self.known.as_slice() {
            [] => "no fields".to_owned(),
            known => format!("only {}", known.join(", ")),
        };
        for (field, _) in std::mem::take(&mut self.members) {
            self.refuse(&field, format!("is not known: expected {expected}"));
        }
    }

    /// Whether a member is there, be it `null`. Ask before taking it.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.members.iter().any(|(member, _)| member == name)
    }

    /// Refuses a field for a reason that no other method finds.
    pub(super) fn refuse(&mut self, field: &str, detail: impl Into<String>) {
        self.errors.push(FieldError {
            field: format!("{}{field}", self.prefix),
            detail: detail.into(),
        });
    }
}

/// The headers of which there may be one at most, and all of them count.
const SINGLE_HEADERS: [&str; 3] = ["Authorization", "Content-Type", "Idempotency-Key"];

/// The event with every header that the client sent: `lambda_http` looks at the last of each name otherwise.
#[must_use]
pub fn with_every_header(mut event: LambdaRequest) -> LambdaRequest {
    if let LambdaRequest::ApiGatewayV1(request) = &mut event
        && !request.multi_value_headers.is_empty()
    {
        request.headers.clear();
    }
    event
}

/// Makes sure that no header is there twice which can only mean one thing.
///
/// # Errors
/// [`RequestError::RepeatedHeader`] with the first such header.
pub fn check_headers(request: &Request) -> Result<(), RequestError> {
    SINGLE_HEADERS
        .into_iter()
        .try_for_each(|name| check_header(request, name))
}

fn check_header(request: &Request, name: &'static str) -> Result<(), RequestError> {
    match request.headers().get_all(name).iter().count() {
        0 | 1 => Ok(()),
        _ => Err(RequestError::RepeatedHeader(name)),
    }
}

/// The token of the only `Authorization` header of a request, if it has one.
///
/// # Errors
/// [`RequestError::RepeatedHeader`] if it has several.
pub fn only_token(request: &Request) -> Result<Option<&str>, RequestError> {
    check_header(request, "Authorization")?;
    Ok(bearer_token(request))
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

/// The members of a JSON body, in their order, repeated ones too.
///
/// # Errors
/// [`RequestError`] if it is no JSON object of a size and content type that are accepted.
pub(crate) fn members(
    request: &Request,
    media_types: &[&str],
) -> Result<Vec<(String, Value)>, RequestError> {
    if !is_of_type(request, media_types) {
        return Err(RequestError::UnsupportedMediaType);
    }
    if is_encoded(request) {
        return Err(RequestError::UnsupportedContentCoding);
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
    Ok(members)
}

/// What a value is, in the words of people.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Whether the body has a coding that would have to be undone (RFC 9110, 8.4).
fn is_encoded(request: &Request) -> bool {
    let mut codings = request.headers().get_all(CONTENT_ENCODING).iter();
    codings.any(|coding| !coding.is_empty() && !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Whether the content type is one of these, with no charset or with UTF-8.
fn is_of_type(request: &Request, media_types: &[&str]) -> bool {
    let Some(Ok(value)) = request
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.to_str())
    else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    media_types
        .iter()
        .any(|accepted| media_type.eq_ignore_ascii_case(accepted))
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
mod tests;
