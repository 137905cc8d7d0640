//! The way from the client to the database, on which requests are noted, fail and are delayed.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::dispatch::dispatch;
use super::lag::{IndexChange, LaggingIndex, changes};

const TARGET: &str = "DynamoDB_20120810.";

/// What was asked of the database.
#[derive(Debug, Clone)]
pub struct DatabaseRequest {
    /// The operation, for example `GetItem`.
    pub operation: String,
    /// The request in JSON, as it went out.
    pub body: String,
}

impl DatabaseRequest {
    /// Whether it is one of these operations and names this: a table, an index, or part of a key or of an expression.
    #[must_use]
    pub fn is(&self, operation: &str, of: &str) -> bool {
        self.operation == operation && self.body.contains(of)
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Reaction {
    /// It is answered at once.
    Answer,
    /// It is answered after this time.
    Delay(Duration),
    /// The connection breaks before it arrives.
    Fail,
    /// It is a transaction, and somebody else has just changed what its second write depends on.
    Overtake,
}

type React = Box<dyn FnMut(&DatabaseRequest) -> Reaction + Send>;

#[derive(Clone)]
pub(super) struct Wire {
    database: Database,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    requests: Vec<DatabaseRequest>,
    react: Option<React>,
    /// How each table was created.
    tables: Vec<String>,
    lagging: HashMap<String, LaggingIndex>,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            database: Database::memory().expect("a database in memory"),
            state: Arc::default(),
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take_requests(&self) -> Vec<DatabaseRequest> {
        std::mem::take(&mut self.state().requests)
    }

    pub(super) fn react(&self, react: Option<React>) {
        self.state().react = react;
    }

    pub(super) fn lag(&self, index: &str, by: Box<dyn FnMut(&IndexChange) -> Duration + Send>) {
        let mut state = self.state();
        let lagging = LaggingIndex::new(&self.database, &state.tables, by);
        state.lagging.insert(index.to_owned(), lagging);
    }

    fn reaction(&self, request: &DatabaseRequest) -> Reaction {
        let mut state = self.state();
        state.requests.push(request.clone());
        match &mut state.react {
            Some(react) => react(request),
            None => Reaction::Answer,
        }
    }

    fn answer(&self, request: &DatabaseRequest) -> Result<String, DynoxideError> {
        let DatabaseRequest { operation, body } = request;
        let mut state = self.state();
        if operation == "CreateTable" {
            state.tables.push(body.clone());
        }
        if state.lagging.is_empty() {
            return dispatch(&self.database, operation, body);
        }
        let parsed: Value = serde_json::from_str(body).expect("JSON");
        let lagging = parsed["IndexName"].as_str();
        if let Some(index) = lagging.and_then(|index| state.lagging.get_mut(index)) {
            return dispatch(index.database(), operation, body);
        }
        let answer = dispatch(&self.database, operation, body)?;
        for change in changes(&self.database, operation, &parsed) {
            for index in state.lagging.values_mut() {
                index.note(&change);
            }
        }
        Ok(answer)
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let request = DatabaseRequest {
            operation: target.strip_prefix(TARGET).unwrap_or(target).to_owned(),
            body: String::from_utf8_lossy(body).into_owned(),
        };
        let wire = self.clone();
        HttpConnectorFuture::new(async move {
            match wire.reaction(&request) {
                Reaction::Answer => {}
                Reaction::Delay(by) => sleep(by).await,
                Reaction::Fail => {
                    let why = "the secret address of the database is out of order";
                    return Err(ConnectorError::io(why.into()));
                }
                Reaction::Overtake => return Ok(response(400, overtaken())),
            }
            Ok(match wire.answer(&request) {
                Ok(body) => response(200, body),
                Err(error) => response(error.status_code(), error.to_json()),
            })
        })
    }
}

fn response(status: u16, body: String) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status");
    HttpResponse::new(status, body.into())
}

fn overtaken() -> String {
    let reasons = ["None", "ConditionalCheckFailed"].map(|code| json!({ "Code": code }));
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": reasons,
    })
    .to_string()
}
