//! The description of one operation, put together step by step.

use std::collections::BTreeMap;

use app::{Error, FieldError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::components::{Components, reference};
use crate::problem::Problem;
use crate::request_error::RequestError;

/// An operation, its parts in the order in which people read them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    operation_id: &'static str,
    tags: [&'static str; 1],
    summary: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_body: Option<Value>,
    responses: BTreeMap<String, Value>,
}

impl Operation {
    pub(super) fn new(operation_id: &'static str, tag: &'static str) -> Self {
        Self {
            operation_id,
            tags: [tag],
            summary: "",
            description: "",
            security: None,
            parameters: Vec::new(),
            request_body: None,
            responses: BTreeMap::new(),
        }
    }
}

/// A media type, and perhaps an example.
type MediaType<'a> = (&'a str, Option<Value>);

/// A request without fields.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, inline)]
struct NoFields {}

/// Describes an operation. Whatever a method adds is in the document at once.
pub(crate) struct Route<'a> {
    operation: &'a mut Operation,
    components: &'a mut Components,
}

impl<'a> Route<'a> {
    pub(super) fn new(operation: &'a mut Operation, components: &'a mut Components) -> Self {
        Self {
            operation,
            components,
        }
    }

    /// Takes an access token.
    pub(crate) fn with_token(self) -> Self {
        self.problem(Error::Unauthenticated("the token has expired"))
            .failures()
    }

    /// Takes no access token.
    pub(crate) fn public(self) -> Self {
        self.security(json!([])).failures()
    }

    /// Takes the tokens that these requirements ask for.
    pub(crate) fn security(self, requirements: Value) -> Self {
        self.operation.security = Some(requirements);
        self
    }

    pub(crate) fn summary(self, summary: &'static str) -> Self {
        self.operation.summary = summary;
        self
    }

    pub(crate) fn description(self, description: &'static str) -> Self {
        self.operation.description = description;
        self
    }

    /// Takes an id in its path.
    pub(crate) fn id(self, description: &str, example: &str) -> Self {
        let schema = json!({"type": "string"});
        self.parameter(
            "path",
            "id",
            description,
            json!({"schema": schema, "required": true, "example": example}),
        )
    }

    /// Takes a parameter in its query or its headers, with this schema and perhaps an example.
    pub(crate) fn parameter(
        self,
        place: &str,
        name: &str,
        description: &str,
        mut parameter: Value,
    ) -> Self {
        parameter["in"] = place.into();
        parameter["name"] = name.into();
        parameter["description"] = description.into();
        self.operation.parameters.push(parameter);
        self
    }

    /// Takes a JSON body.
    pub(crate) fn body<T: JsonSchema>(self, example: Value) -> Self {
        self.body_as::<T>(&[("application/json", Some(example))])
    }

    /// Takes a body of one of these media types.
    pub(crate) fn body_as<T: JsonSchema>(self, media_types: &[MediaType<'_>]) -> Self {
        self.request_body::<T>(true, media_types).body_problems()
    }

    /// May have a body, which has to be an empty object.
    pub(crate) fn no_fields(self) -> Self {
        self.request_body::<NoFields>(false, &[("application/json", Some(json!({})))])
            .body_problems()
    }

    /// Takes an object without fields, and nothing else.
    pub(crate) fn empty_object(self) -> Self {
        self.request_body::<NoFields>(true, &[("application/json", Some(json!({})))])
            .body_problems()
    }

    /// Answers bodies that can't be read or accepted with a problem.
    pub(crate) fn body_problems(self) -> Self {
        let malformed = RequestError::MalformedJson("expected value at line 1 column 1".to_owned());
        self.problems(&[
            invalid("email", "is missing: expected a string"),
            malformed.into(),
            repeated_header(),
        ])
        .problem(RequestError::BodyTooLarge)
        .problem(RequestError::UnsupportedMediaType)
    }

    /// Takes a body of one of these media types, and says nothing of its problems.
    pub(crate) fn request_body<T: JsonSchema>(
        self,
        required: bool,
        media_types: &[MediaType<'_>],
    ) -> Self {
        let schema = self.components.of_request::<T>();
        let content = content(&schema, media_types);
        self.operation.request_body = Some(json!({"required": required, "content": content}));
        self
    }

    /// Answers with JSON.
    pub(crate) fn answers<T: JsonSchema>(
        self,
        status: u16,
        description: &str,
        example: Value,
    ) -> Self {
        self.answers_as::<T>(status, description, &[("application/json", Some(example))])
    }

    /// Answers with a body of one of these media types.
    pub(crate) fn answers_as<T: JsonSchema>(
        self,
        status: u16,
        description: &str,
        media_types: &[MediaType<'_>],
    ) -> Self {
        let schema = self.components.of_response::<T>();
        let content = content(&schema, media_types);
        self.response(
            status,
            json!({"description": description, "content": content}),
        )
    }

    /// Answers without a body.
    pub(crate) fn answers_nothing(self, status: u16, description: &str) -> Self {
        self.response(status, json!({"description": description}))
    }

    /// Answers a success with text of this media type instead, if the client prefers that.
    pub(crate) fn or_as_text(mut self, media_type: &str, example: Option<&str>) -> Self {
        let schema = json!({"type": "string"});
        self.response_mut(200)["content"][media_type] = media(&schema, example.map(Value::from));
        self.header(200, "Vary", reference("headers", "Vary"))
    }

    /// Answers with this header.
    pub(crate) fn header(mut self, status: u16, name: &str, header: Value) -> Self {
        self.response_mut(status)["headers"][name] = header;
        self
    }

    /// Answers with a problem, which says everything about itself.
    pub(crate) fn problem(self, problem: impl Into<Problem>) -> Self {
        self.problems(&[problem.into()])
    }

    /// Answers parameters that can't be accepted with a problem.
    pub(crate) fn parameter_problems(self) -> Self {
        let detail = "makes the range too long: expected at most 366 days up to `to`";
        self.problems(&[invalid("from", detail), repeated_header()])
    }

    /// May be unavailable.
    pub(crate) fn unavailable(self) -> Self {
        let (what, source) = ("what is not shown", "not shown".into());
        self.problem(Error::Unavailable { what, source })
    }

    fn failures(self) -> Self {
        let (what, source) = ("what is not shown", "not shown".into());
        self.problem(repeated_header())
            .problem(Error::Internal { what, source })
            .unavailable()
    }

    fn problems(self, problems: &[Problem]) -> Self {
        let response = self.components.of_problems(problems);
        self.response(problems[0].status().as_u16(), response)
    }

    fn response(self, status: u16, response: Value) -> Self {
        let responses = &mut self.operation.responses;
        responses.insert(status.to_string(), response);
        self
    }

    fn response_mut(&mut self, status: u16) -> &mut Value {
        let response = self.operation.responses.get_mut(&status.to_string());
        response.expect("BUG: the response is described before its headers")
    }
}

fn repeated_header() -> Problem {
    RequestError::RepeatedHeader("Authorization").into()
}

fn invalid(field: &str, detail: &str) -> Problem {
    let (field, detail) = (field.to_owned(), detail.to_owned());
    Error::Invalid(vec![FieldError { field, detail }]).into()
}

fn content(schema: &Value, media_types: &[MediaType<'_>]) -> Map<String, Value> {
    let media_types = media_types.iter().cloned();
    media_types
        .map(|(name, example)| (name.to_owned(), media(schema, example)))
        .collect()
}

fn media(schema: &Value, example: Option<Value>) -> Value {
    match example {
        Some(example) => json!({"schema": schema, "example": example}),
        None => json!({"schema": schema}),
    }
}
