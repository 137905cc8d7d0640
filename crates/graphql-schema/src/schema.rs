use std::sync::{Arc, OnceLock};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{Positioned, Response, ServerError, Value, Variables};
use serde::Serialize;
use serde_json::Map;

use crate::context::{Caller, RequestContext, UseCases};
use crate::document::{self, DocumentError};
use crate::error::{
    BAD_INPUT, NEEDS_WEBSOCKET, OPERATION_UNKNOWN, PARSE_FAILED, VALIDATION_FAILED,
};
use crate::limits::{self, MAX_COMPLEXITY, MAX_DIRECTIVES};
use crate::mutation::Mutation;
use crate::query::Query;
use crate::result::{FollowProgress, Progress, in_order, with_hidden};
use crate::selection::{Collector, only};
use crate::subscription::Subscription;
use crate::variables::InputTypes;

pub use async_graphql::parser::types::OperationType;

/// A request as the GraphQL specification describes it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which of its operations, if it has several.
    pub operation_name: Option<String>,
    /// The values of the operation's variables.
    pub variables: Map<String, serde_json::Value>,
}

/// A request that is no longer than allowed and names an operation, and still has to be validated.
pub struct Prepared {
    pub(crate) request: async_graphql::Request,
    /// The operation and the fragments that it spreads.
    pub(crate) document: ExecutableDocument,
    pub(crate) operation: OperationDefinition,
    /// The document with all that is not executed, if there is more.
    pub(crate) whole: Option<ExecutableDocument>,
}

impl Prepared {
    /// The kind of its operation.
    #[must_use]
    pub fn operation(&self) -> OperationType {
        self.operation.ty
    }
}

/// A request that is not executed: a request error in the words of the specification.
#[derive(Debug)]
pub struct Rejected {
    /// Whether it could not even be parsed; else it is not valid.
    pub is_syntax: bool,
    errors: Vec<ServerError>,
}

/// What came of an operation.
#[derive(Debug)]
pub struct ExecutionResult {
    /// The response, with `data`, which may be null, and `errors`, if there are any. Its fields are in the order of the
    /// document, which JSON values don't keep: serialize it as it is.
    pub body: Response,
    /// Whether there are no errors.
    pub is_complete: bool,
}

type FullSchema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema with its resolvers.
pub struct Schema {
    pub(crate) inner: FullSchema,
    use_cases: Arc<UseCases>,
    has_introspection: bool,
    /// Read when the first request comes.
    input_types: OnceLock<InputTypes>,
}

impl Schema {
    /// The schema on these use cases. Without introspection, clients can't ask what there is.
    #[must_use]
    pub fn new(use_cases: UseCases, has_introspection: bool) -> Self {
        let use_cases = Arc::new(use_cases);
        let mut builder = FullSchema::build(Query, Mutation, Subscription)
            .data(Arc::clone(&use_cases))
            .extension(FollowProgress)
            .limit_complexity(MAX_COMPLEXITY)
            .limit_directives(MAX_DIRECTIVES);
        if !has_introspection {
            // Names that are nearly right would tell as well.
            builder = builder.disable_introspection().disable_suggestions();
        }
        Self {
            inner: builder.finish(),
            use_cases,
            has_introspection,
            input_types: OnceLock::new(),
        }
    }

    /// Parses a request and finds its operation.
    ///
    /// # Errors
    /// Why it is not executed.
    pub fn prepare(&self, request: Request) -> Result<Prepared, Rejected> {
        let document = document::parse(&request.query)?;
        let size = limits::check(&document);
        let size = size.map_err(|beyond| Rejected::one(beyond.code(), beyond))?;
        if size.has_introspection() && !self.has_introspection {
            let message = "The schema can't be asked for here.";
            return Err(Rejected::one("INTROSPECTION_DISABLED", message));
        }
        let operation = operation(&document, request.operation_name.as_deref())?.clone();
        let variables = serde_json::Value::Object(request.variables);
        let values = Variables::from_json(variables);
        require_variables(&operation.node, &values)?;
        self.check_inputs(&document)?;
        // What the values are is to be checked for the one operation that they are for.
        let (document, whole) = if document.operations.iter().count() > 1 {
            (only(&operation, &document), Some(document))
        } else {
            (document, None)
        };
        let mut parsed = async_graphql::Request::new(request.query).variables(values);
        parsed.set_parsed_query(document.clone());
        Ok(Prepared {
            request: parsed,
            document,
            operation: operation.node,
            whole,
        })
    }

    fn check_inputs(&self, document: &ExecutableDocument) -> Result<(), Rejected> {
        let types = self
            .input_types
            .get_or_init(|| InputTypes::new(&self.inner.sdl()));
        for (_, operation) in document.operations.iter() {
            let checked = types.check(document, &operation.node);
            checked.map_err(|misfit| Rejected::one(VALIDATION_FAILED, misfit))?;
        }
        Ok(())
    }

    /// Validates a document with all its operations, without the values of variables.
    pub(crate) async fn validate(&self, document: ExecutableDocument) -> Result<(), Rejected> {
        let progress = Progress::of_validation();
        let mut request = async_graphql::Request::new("").data(progress.clone());
        request.set_parsed_query(document);
        let response = self.inner.execute(request).await;
        if progress.is_valid() {
            Ok(())
        } else {
            Err(Rejected::new(false, VALIDATION_FAILED, response.errors))
        }
    }

    /// What is said of a document that was found not to be valid: unless it never is, it is the values of its variables that
    /// are not.
    pub(crate) async fn not_valid(
        &self,
        document: ExecutableDocument,
        errors: Vec<ServerError>,
    ) -> Rejected {
        match self.validate(document).await {
            Err(rejected) => rejected,
            Ok(()) => Rejected::new(false, BAD_INPUT, errors),
        }
    }

    /// Validates and executes a query or a mutation.
    ///
    /// # Errors
    /// Why it is not executed; a subscription never is.
    pub async fn execute(
        &self,
        prepared: Prepared,
        caller: Caller,
    ) -> Result<ExecutionResult, Rejected> {
        if prepared.operation() == OperationType::Subscription {
            let message = "Subscriptions come over the WebSocket API alone, with the subprotocol graphql-transport-ws.";
            return Err(Rejected::one(NEEDS_WEBSOCKET, message));
        }
        let Prepared {
            mut request,
            document,
            operation,
            whole,
        } = prepared;
        if let Some(whole) = whole {
            self.validate(whole).await?;
        }
        let values = request.variables.clone();
        let collector = Collector {
            document: &document,
            operation: &operation,
            values: &values,
        };
        if (request.query.contains('@') || request.query.contains("..."))
            && let Some(document) = with_hidden(collector)
        {
            request.set_parsed_query(document);
        }
        let progress = Progress::default();
        let request = request
            .data(Progress::clone(&progress))
            .data(RequestContext::new(caller, &self.use_cases));
        let mut response: Response = self.inner.execute(request).await;
        if !progress.is_valid() {
            return Err(self.not_valid(document, response.errors).await);
        }
        response.errors.extend(progress.take_errors());
        response.data = in_order(response.data, collector);
        set_code(&mut response.errors, BAD_INPUT);
        Ok(ExecutionResult {
            is_complete: response.errors.is_empty(),
            body: response,
        })
    }
}

/// The schema in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    FullSchema::build(Query, Mutation, Subscription)
        .finish()
        .sdl()
}

impl Rejected {
    pub(crate) fn new(is_syntax: bool, code: &str, mut errors: Vec<ServerError>) -> Self {
        set_code(&mut errors, code);
        Self { is_syntax, errors }
    }

    pub(crate) fn one(code: &str, message: impl ToString) -> Self {
        Self::new(
            false,
            code,
            vec![ServerError::new(message.to_string(), None)],
        )
    }

    /// What is wrong, as a list of GraphQL errors.
    #[must_use]
    pub fn errors(&self) -> &impl Serialize {
        &self.errors
    }

    /// The response: errors without data.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        serde_json::json!({"errors": self.errors})
    }
}

/// Gives this code to errors that have none: those that async-graphql makes.
pub(crate) fn set_code(errors: &mut [ServerError], code: &str) {
    for error in errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", code);
        }
    }
}

impl From<DocumentError> for Rejected {
    fn from(error: DocumentError) -> Self {
        let code = if error.is_syntax {
            PARSE_FAILED
        } else {
            VALIDATION_FAILED
        };
        let message = error.to_string();
        let located = ServerError::new(message, Some(error.position));
        Self::new(error.is_syntax, code, vec![located])
    }
}

/// GetOperation of the specification.
fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, Rejected> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        (DocumentOperations::Multiple(all), None) => all.values().next().filter(|_| all.len() == 1),
    };
    found.ok_or_else(|| {
        let message = match name {
            Some(name) => format!("The document has no operation {name:?}."),
            None if document.operations.iter().next().is_none() => {
                "The document has no operation.".to_owned()
            }
            None => "The document has several operations: operationName must say which.".to_owned(),
        };
        Rejected::one(OPERATION_UNKNOWN, message)
    })
}

/// The part of CoerceVariableValues that async-graphql leaves to execution: that no value is missing. Whether values
/// are of the right type is part of its validation.
fn require_variables(operation: &OperationDefinition, values: &Variables) -> Result<(), Rejected> {
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let (name, kind) = (&definition.name.node, &definition.var_type.node);
        let is_there = match values.get(name) {
            Some(value) => *value != Value::Null,
            None => definition.default_value.is_some(),
        };
        if !kind.nullable && !is_there {
            let message = format!("Variable \"${name}\" of type {kind} has no value.");
            return Err(Rejected::one(BAD_INPUT, message));
        }
    }
    Ok(())
}
