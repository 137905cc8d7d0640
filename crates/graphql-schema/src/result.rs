//! What async-graphql 7.2 leaves to be done for a result to be as the specification says: a nullable field that fails
//! is null, not left out, and fields come in the order of the document, not in that of their completion.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo,
};
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Response, ServerError, ServerResult, Value};

/// How far a request is. It goes along as data of the request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Execution has begun, which tells a request error from an operation that came to nothing.
    has_begun: AtomicBool,
    /// Why fields are null.
    errors: Mutex<Vec<ServerError>>,
}

impl Progress {
    pub(crate) fn has_begun(&self) -> bool {
        self.0.has_begun.load(Ordering::Relaxed)
    }

    pub(crate) fn take_errors(&self) -> Vec<ServerError> {
        let errors = self.0.errors.lock();
        std::mem::take(&mut *errors.unwrap_or_else(PoisonError::into_inner))
    }
}

/// Follows requests.
pub(crate) struct FollowProgress;

impl ExtensionFactory for FollowProgress {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for FollowProgress {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let progress = ctx.data_unchecked::<Progress>();
        progress.0.has_begun.store(true, Ordering::Relaxed);
        next.run(ctx, operation_name).await
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let is_nullable = !info.return_type.ends_with('!');
        match next.run(ctx, info).await {
            Err(error) if is_nullable => {
                let progress = ctx.data_unchecked::<Progress>();
                let errors = progress.0.errors.lock();
                errors.unwrap_or_else(PoisonError::into_inner).push(error);
                Ok(Some(Value::Null))
            }
            resolved => resolved,
        }
    }
}

/// Orders the fields of a result as their selections are.
pub(crate) fn in_order(
    value: Value,
    selections: &SelectionSet,
    document: &ExecutableDocument,
) -> Value {
    order(value, &[selections], document)
}

/// Selections of the same response key are one field, whose selections are all of theirs.
fn order(value: Value, sets: &[&SelectionSet], document: &ExecutableDocument) -> Value {
    match value {
        Value::List(list) => {
            let list = list.into_iter();
            Value::List(list.map(|value| order(value, sets, document)).collect())
        }
        Value::Object(mut fields) => {
            let mut keys = IndexMap::new();
            for set in sets {
                collect(set, document, &mut keys);
            }
            let mut ordered = IndexMap::with_capacity(fields.len());
            for (key, sets) in keys {
                if let Some(value) = fields.swap_remove(key) {
                    ordered.insert(key.clone(), order(value, &sets, document));
                }
            }
            Value::Object(ordered)
        }
        scalar => scalar,
    }
}

fn collect<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    keys: &mut IndexMap<&'a Name, Vec<&'a SelectionSet>>,
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let key = &field.node.response_key().node;
                let sets = keys.entry(key).or_default();
                sets.push(&field.node.selection_set.node);
            }
            Selection::InlineFragment(fragment) => {
                collect(&fragment.node.selection_set.node, document, keys);
            }
            // Types have no alternatives in this schema: every fragment that is spread applies.
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                if let Some(fragment) = fragment {
                    collect(&fragment.node.selection_set.node, document, keys);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_as_the_document_orders_them() {
        let document =
            parse_query("{ b { y ...f } a { x } c: b { z } b { w } } fragment f on B { x z }")
                .unwrap();
        let completed = json!({
            "c": {"z": 1},
            "b": [{"w": 1, "z": 2, "x": 3, "y": 4}, null, {"z": 1, "y": 2, "x": 3, "w": 4}],
            "a": null,
        });
        let (_, operation) = document.operations.iter().next().unwrap();
        let value = Value::from_json(completed.clone()).unwrap();
        let ordered = in_order(value, &operation.node.selection_set.node, &document);
        assert_eq!(
            serde_json::to_string(&ordered).unwrap(),
            r#"{"b":[{"y":4,"x":3,"z":2,"w":1},null,{"y":2,"x":3,"z":1,"w":4}],"a":null,"c":{"z":1}}"#
        );
        assert_eq!(ordered.into_json().unwrap(), completed);
    }
}
