//! Executes subscriptions, each once for an event however many listen.

mod compiled;
mod in_order;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{EmptyMutation, Object, ServerError, ValidationMode};
use bytes::Bytes;
use feed::fanout::MAX_FRAME_BYTES;
use feed::session::TickPrices;
use feed::{ExecuteOperations, Executed, LiveEvent, Operation, OperationKey, WeightedLru};
use serde_json::json;

use crate::error::{INTERNAL, RESULT_TOO_LARGE, VALIDATION_FAILED};
use crate::schema::set_code;
use crate::subscription::Subscription;
use compiled::Compiled;

/// The largest result: the rest of a frame is room for what the protocol wraps it in.
pub(crate) const MAX_RESULT_BYTES: usize = MAX_FRAME_BYTES - 256;

/// As many operations as are executed for one tick at most.
const MOST_PARSED: usize = 10_000;
/// The bytes of all their texts. A parsed operation takes some fifty times as much memory as its text.
const MOST_PARSED_BYTES: usize = 2 * 1024 * 1024;

/// An operation that can be executed, or the list of errors that says why not.
type Parsed = Result<Arc<Compiled>, Bytes>;

/// GraphQL has no schema without queries. This one takes none.
struct NoQuery;

#[Object(name = "Query")]
impl NoQuery {
    /// Nothing.
    async fn nothing(&self) -> bool {
        false
    }
}

type SubscriptionSchema = async_graphql::Schema<NoQuery, EmptyMutation, Subscription>;

/// The part of the schema that can be subscribed to, for those who tell subscribers. It calls no use case, and knows no
/// caller: an operation and an event make the same result for everybody.
pub struct LiveSchema {
    /// Validates.
    strict: SubscriptionSchema,
    /// Executes what is valid.
    fast: SubscriptionSchema,
    operations: Mutex<WeightedLru<OperationKey, Parsed>>,
    parsed: AtomicU64,
}

impl LiveSchema {
    /// A schema that remembers no operation yet.
    #[must_use]
    pub fn new() -> Self {
        let schema = |mode| {
            let schema = SubscriptionSchema::build(NoQuery, EmptyMutation, Subscription);
            schema.validation_mode(mode).finish()
        };
        Self {
            strict: schema(ValidationMode::Strict),
            fast: schema(ValidationMode::Fast),
            operations: Mutex::new(WeightedLru::new(MOST_PARSED, MOST_PARSED_BYTES)),
            parsed: AtomicU64::new(0),
        }
    }

    /// How many operations were parsed so far. One that is executed again ordinarily is not.
    #[must_use]
    pub fn parsed(&self) -> u64 {
        self.parsed.load(Ordering::Relaxed)
    }

    async fn compiled(&self, operation: &Operation) -> Parsed {
        let operations = || {
            self.operations
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = operations().get(&operation.key) {
            return known;
        }
        self.parsed.fetch_add(1, Ordering::Relaxed);
        let compiled = Compiled::new(&self.strict, &operation.text).await;
        let compiled = compiled.map(Arc::new).map_err(|mut errors| {
            set_code(&mut errors, VALIDATION_FAILED);
            tracing::warn!(key = %operation.key, ?errors, "a stored operation is not valid, its subscriptions end");
            list(&errors)
        });
        operations().insert(operation.key, compiled.clone(), operation.text.len());
        compiled
    }
}

impl Default for LiveSchema {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl ExecuteOperations for LiveSchema {
    /// An event of another kind than the operation's is [`Executed::Impossible`] with code INTERNAL, and logged: a plan
    /// says what an operation is executed for.
    async fn execute(&self, operation: &Operation, event: &LiveEvent) -> Executed {
        let compiled = match self.compiled(operation).await {
            Ok(compiled) => compiled,
            Err(errors) => return Executed::Impossible(errors),
        };
        let (mut results, mut left) = (Vec::new(), vec![event.clone()]);
        while let Some(event) = left.pop() {
            let event = Arc::new(event);
            let result = match compiled.execute(&self.fast, Arc::clone(&event)).await {
                Ok(result) => result,
                Err(mut errors) => {
                    set_code(&mut errors, INTERNAL);
                    tracing::error!(key = %operation.key, ?errors, "executing an operation for an event failed, its subscriptions end");
                    return Executed::Impossible(list(&errors));
                }
            };
            if result.len() <= MAX_RESULT_BYTES {
                results.push(result);
            } else if let Some([first, second]) = halves(&event) {
                left.extend([second, first]);
            } else {
                results.push(too_large());
            }
        }
        Executed::Results(results)
    }
}

/// Halves an event of several prices.
fn halves(event: &LiveEvent) -> Option<[LiveEvent; 2]> {
    let LiveEvent::Prices {
        prices,
        resume,
        replay,
    } = event
    else {
        return None;
    };
    let half = prices.prices.len() / 2;
    let (first, second) = prices.prices.split_at(half);
    let part = |half: &[_], resume| LiveEvent::Prices {
        prices: TickPrices {
            tick: prices.tick,
            prices: half.to_vec(),
        },
        resume,
        replay: *replay,
    };
    // Who has got the first half alone has not got the tick.
    let before = resume.map(|resume| resume.min(prices.tick.previous()));
    (half > 0).then(|| [part(first, before), part(second, *resume)])
}

fn too_large() -> Bytes {
    let message = format!("The result has more than {MAX_RESULT_BYTES} bytes: ask for less.");
    let error = json!({"message": message, "extensions": {"code": RESULT_TOO_LARGE}});
    Bytes::from(json!({"data": null, "errors": [error]}).to_string())
}

fn list(errors: &[ServerError]) -> Bytes {
    let errors = serde_json::to_vec(errors).expect("BUG: errors are JSON");
    Bytes::from(errors)
}
