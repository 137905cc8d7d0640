//! What the OpenAPI document says of GraphQL. What can be asked for is in docs/schema.graphql. The results are made in
//! another crate, so their types here only describe them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::GraphqlRequest;
use crate::openapi::operations::Api;
use crate::openapi::route::Route;

const PATH: &str = "/api/v1/users/graphql";
const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct GraphqlResult {
    /// As docs/schema.graphql says.
    data: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    errors: Vec<GraphqlError>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct GraphqlErrors {
    #[schemars(length(min = 1))]
    errors: Vec<GraphqlError>,
}

#[derive(Serialize, JsonSchema)]
struct GraphqlError {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("items" = {"type": ["string", "integer"]}))]
    path: Vec<Value>,
    extensions: Extensions,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    /// What happened, for programs.
    code: String,
    /// Seconds after which to ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    retry_after: Option<u64>,
    /// What is wrong with the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Map<String, Value>>,
}

pub(crate) fn describe(api: &mut Api) {
    let text = || json!({"schema": {"type": "string"}});
    let get = api.operation("get", PATH, "graphqlQuery", "graphql");
    both(
        get,
        "The operation was executed without errors, or this is the page.",
    )
    .summary("Execute a GraphQL query")
    .description(
        "Like POST, but only for queries. A parameter that is empty counts as left out. A \
             client that sends no query and prefers `text/html` gets a page for trying out \
             GraphQL.",
    )
    .parameter(
        "query",
        "query",
        "The document; needed for a result.",
        text(),
    )
    .parameter(
        "query",
        "operationName",
        "Which of its operations, if it has several.",
        text(),
    )
    .parameter("query", "variables", "A JSON object.", text())
    .parameter(
        "query",
        "extensions",
        "A JSON object, which is ignored; but a request for a persisted query is told that there \
         are none.",
        text(),
    )
    .or_as_text("text/html", None)
    .errors(405, "`METHOD_NOT_ALLOWED`: the operation is a mutation.")
    .header(405, "Allow", json!({"schema": {"const": "POST"}}))
    .errors(414, "`URI_TOO_LONG`: more than 16 KiB.");
    let request = json!({
        "query": "query($id: ID!) { user(id: $id) { name price } }",
        "variables": {"id": "019b76da-a800-7000-8000-000000000001"},
    });
    let post = api.operation("post", PATH, "graphql", "graphql");
    both(post, "The operation was executed without errors.")
        .summary("Execute a GraphQL query or mutation")
        .description(
            "GraphQL over HTTP. What the caller may see and do is decided for each field; \
             registering and logging in take no token.",
        )
        .request_body::<GraphqlRequest>(true, &[(JSON, Some(request))])
        .errors(413, "`BODY_TOO_LARGE`: more than 16 KiB.")
        .errors(
            415,
            "`UNSUPPORTED_MEDIA_TYPE`: the body is not sent as application/json in \
                      UTF-8.",
        );
}

/// What GET and POST have in common.
fn both<'a>(route: Route<'a>, complete: &str) -> Route<'a> {
    let result = json!({"data": {"user": {"name": "Ada Lovelace", "price": "101.66"}}});
    let partial = json!({
        "data": {"user": {"name": "Ada Lovelace", "email": null}},
        "errors": [{
            "message": "You may not see or do this. Your own data is open to you; other \
                        people's takes the role of an admin.",
            "locations": [{"line": 1, "column": 24}],
            "path": ["user", "email"],
            "extensions": {"code": "FORBIDDEN"},
        }],
    });
    let too_much = json!({
        "errors": [{"message": "More than 30 fields have an alias.", "extensions": {"code": "TOO_MANY_ALIASES"}}],
    });
    route
        .security(json!([{}, {"accessToken": []}]))
        .answers_as::<GraphqlResult>(200, complete, &[(GRAPHQL, Some(result)), (JSON, None)])
        .answers_as::<GraphqlResult>(
            294,
            "The operation was executed, and some or all of its fields could not be had. \
             Clients that accept only application/json get status 200 instead.",
            &[(GRAPHQL, Some(partial))],
        )
        .errors(
            400,
            "`MALFORMED_JSON`: the request is not JSON. `GRAPHQL_PARSE_FAILED`: the \
                      document is not GraphQL.",
        )
        .answers_as::<GraphqlErrors>(
            406,
            "`NOT_ACCEPTABLE`: the `Accept` header allows neither media type.",
            &[(JSON, None)],
        )
        .answers_as::<GraphqlErrors>(
            422,
            "`BAD_REQUEST`: a parameter is missing or of the wrong type. \
             `PERSISTED_QUERY_NOT_SUPPORTED`: there is the hash of a document in its place. \
             `GRAPHQL_VALIDATION_FAILED`, `QUERY_TOO_DEEP`, `QUERY_TOO_LARGE`, \
             `TOO_MANY_ALIASES`: the document is not valid or asks for too much. \
             `OPERATION_RESOLUTION_FAILURE`: it is not clear which operation is meant. \
             `BAD_USER_INPUT`: a variable has no value, or none of its type.",
            &[(GRAPHQL, Some(too_much))],
        )
}

impl Route<'_> {
    /// Answers with errors of GraphQL.
    fn errors(self, status: u16, description: &str) -> Self {
        self.answers_as::<GraphqlErrors>(status, description, &[(GRAPHQL, None)])
    }
}
