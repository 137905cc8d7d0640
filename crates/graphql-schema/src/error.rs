use std::sync::Arc;

use api::problem::Problem;
use app::Error;
use async_graphql::{ErrorExtensions as _, Value};

/// The code of an error that says that a document is no GraphQL.
pub(crate) const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
/// The code of an error that says that a document breaks the schema's rules, or limits.
pub(crate) const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
/// The code of an error that says that it is not clear which operation is meant.
pub(crate) const OPERATION_UNKNOWN: &str = "OPERATION_RESOLUTION_FAILURE";
/// The code of an error about a variable or an argument.
pub(crate) const BAD_INPUT: &str = "BAD_USER_INPUT";
/// The code of an error about a subscription that is not within the rules of the raw feed, which has the same code.
pub(crate) const INVALID_SUBSCRIPTION: &str = "INVALID_SUBSCRIPTION";
/// The code of an error that says that a subscription was sent to where only queries and mutations are executed.
pub(crate) const NEEDS_WEBSOCKET: &str = "SUBSCRIPTION_NEEDS_WEBSOCKET";
/// The code of an error that says that a result can't be sent, since it is too large.
pub(crate) const RESULT_TOO_LARGE: &str = "RESULT_TOO_LARGE";
/// The code of an error that is ours.
pub(crate) const INTERNAL: &str = "INTERNAL";

/// An error of a use case on its way to the client: the problem that REST clients get, so words and codes are the
/// same. It is logged when it is made.
#[derive(Debug, Clone)]
pub(crate) struct Fault(Arc<Problem>);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self(Arc::new(error.into()))
    }
}

/// `code` is the last part of the problem's type, so `/problems/email-taken` is `EMAIL_TAKEN`.
impl From<Fault> for async_graphql::Error {
    fn from(Fault(problem): Fault) -> Self {
        Self::new(problem.message()).extend_with(|_, extensions| {
            extensions.set("code", problem.code());
            if let Some(seconds) = problem.retry_after_secs() {
                extensions.set("retryAfter", seconds);
            }
            let fields = problem.fields().map(|(field, detail)| {
                let field = [("field", field), ("detail", detail)];
                let field =
                    field.map(|(name, value)| (async_graphql::Name::new(name), Value::from(value)));
                Value::Object(field.into_iter().collect())
            });
            let fields: Vec<Value> = fields.collect();
            if !fields.is_empty() {
                extensions.set("fields", Value::List(fields));
            }
        })
    }
}

/// An error of a resolver's own.
pub(crate) fn coded(code: &str, message: impl ToString) -> async_graphql::Error {
    let error = async_graphql::Error::new(message.to_string());
    error.extend_with(|_, extensions| extensions.set("code", code))
}
