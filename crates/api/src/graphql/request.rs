use http::{Method, StatusCode};
use lambda_http::{Request, RequestExt as _};
use serde_json::{Map, Value, json};

use crate::rest::{JSON, MAX_BODY_BYTES, RequestError, check_headers, kind, members};

/// The parameters of a GraphQL request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename_all = "camelCase"))]
pub struct GraphqlRequest {
    /// The document.
    pub query: String,
    /// Which of its operations, if it has several.
    pub operation_name: Option<String>,
    /// The values of the operation's variables.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<Map<String, Value>>"))]
    pub variables: Map<String, Value>,
    /// Room for additions to the protocol, which are ignored.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<Map<String, Value>>"))]
    pub extensions: Map<String, Value>,
}

/// Why something is no request that could be answered with a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The body can't be read.
    #[error(transparent)]
    Unreadable(#[from] RequestError),
    /// The parameters of a URL are too long.
    #[error("The parameters may have at most {MAX_BODY_BYTES} bytes: use POST, and send less.")]
    UrlTooLong,
    /// A parameter is missing or of the wrong type.
    #[error("The parameter {name} {problem}.")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// There is the hash of a document in its place: Apollo's persisted queries, as whose clients read the message
    /// (<https://www.apollographql.com/docs/apollo-server/performance/apq>). They send the document then.
    #[error("PersistedQueryNotSupported")]
    PersistedQuery,
}

impl Malformed {
    /// The status that the specification recommends.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable(
                RequestError::UnsupportedMediaType | RequestError::UnsupportedContentCoding,
            ) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unreadable(RequestError::BodyTooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(RequestError::MalformedJson(_) | RequestError::RepeatedHeader(_)) => {
                StatusCode::BAD_REQUEST
            }
            Self::Unreadable(RequestError::NotAcceptable) => StatusCode::NOT_ACCEPTABLE,
            Self::Unreadable(RequestError::NotAnObject)
            | Self::Parameter { .. }
            | Self::PersistedQuery => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UrlTooLong => StatusCode::URI_TOO_LONG,
        }
    }

    /// What is wrong, as a GraphQL error.
    #[must_use]
    pub fn error(&self) -> Value {
        json!({"message": self.to_string(), "extensions": {"code": self.code()}})
    }

    /// What is wrong as a word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(
                RequestError::UnsupportedMediaType | RequestError::UnsupportedContentCoding,
            ) => "UNSUPPORTED_MEDIA_TYPE",
            Self::Unreadable(RequestError::BodyTooLarge) => "BODY_TOO_LARGE",
            Self::Unreadable(RequestError::MalformedJson(_)) => "MALFORMED_JSON",
            Self::Unreadable(RequestError::NotAcceptable) => "NOT_ACCEPTABLE",
            Self::Unreadable(RequestError::NotAnObject | RequestError::RepeatedHeader(_))
            | Self::Parameter { .. } => "BAD_REQUEST",
            Self::PersistedQuery => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::UrlTooLong => "URI_TOO_LONG",
        }
    }
}

/// Reads a request: the query of the URL for `GET`, else the body.
///
/// # Errors
/// What is wrong with it.
pub fn graphql_request(request: &Request) -> Result<GraphqlRequest, Malformed> {
    check_headers(request)?;
    read(if request.method() == Method::GET {
        of_url(request)?
    } else {
        Parameters(members(request, JSON)?)
    })
}

/// Reads a request that comes in another way than by HTTP.
///
/// # Errors
/// Which parameter is missing or of the wrong type.
pub fn parameters(parameters: Map<String, Value>) -> Result<GraphqlRequest, Malformed> {
    read(Parameters(parameters.into_iter().collect()))
}

fn read(mut parameters: Parameters) -> Result<GraphqlRequest, Malformed> {
    let query = parameters.text("query")?;
    let extensions = parameters.map("extensions")?;
    let query = query.ok_or_else(|| match extensions.get("persistedQuery") {
        Some(Value::Object(_)) => Malformed::PersistedQuery,
        Some(_) | None => Malformed::Parameter {
            name: "query",
            problem: "is missing: expected a document".to_owned(),
        },
    })?;
    Ok(GraphqlRequest {
        query,
        operation_name: parameters.text("operationName")?,
        variables: parameters.map("variables")?,
        extensions,
    })
}

/// The parameters of the URL. Those that are empty are as if they were not there, and two are JSON.
fn of_url(request: &Request) -> Result<Parameters, Malformed> {
    let query = request.query_string_parameters();
    let length: usize = query
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if length > MAX_BODY_BYTES {
        return Err(Malformed::UrlTooLong);
    }
    let mut parameters = Vec::new();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        let value = match name {
            "variables" | "extensions" => serde_json::from_str(value).map_err(|error| {
                Malformed::Unreadable(RequestError::MalformedJson(error.to_string()))
            })?,
            _ => Value::from(value),
        };
        parameters.push((name.to_owned(), value));
    }
    Ok(Parameters(parameters))
}

/// Parameters to be taken one by one. Those that are not taken are not understood, and ignored.
struct Parameters(Vec<(String, Value)>);

impl Parameters {
    fn text(&mut self, name: &'static str) -> Result<Option<String>, Malformed> {
        match self.take(name)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(unexpected(name, &other, "a string")),
        }
    }

    fn map(&mut self, name: &'static str) -> Result<Map<String, Value>, Malformed> {
        match self.take(name)? {
            Value::Null => Ok(Map::new()),
            Value::Object(map) => Ok(map),
            other => Err(unexpected(name, &other, "an object")),
        }
    }

    /// A parameter; null if it is not there.
    fn take(&mut self, name: &'static str) -> Result<Value, Malformed> {
        let mut given = self.0.extract_if(.., |(parameter, _)| parameter == name);
        let value = given.next().map_or(Value::Null, |(_, value)| value);
        if given.next().is_some() {
            let problem = "is given more than once".to_owned();
            return Err(Malformed::Parameter { name, problem });
        }
        Ok(value)
    }
}

fn unexpected(name: &'static str, value: &Value, expected: &str) -> Malformed {
    let problem = format!("is {}: expected {expected}", kind(value));
    Malformed::Parameter { name, problem }
}
