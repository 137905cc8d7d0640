//! What async-graphql 7.2 leaves to be done for a result to be as the specification says: a nullable field that fails
//! is null, not left out, an object of which everything is skipped is empty, not null, and fields come in the order of the
//! document, not in that of their completion.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextResolve, NextValidation, ResolveInfo,
};
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError, ServerResult, ValidationResult, Value};

use crate::selection::{Collector, inner_sets};

/// How far a request is. It goes along as data of the request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// The document is valid, which tells a request error from an operation that came to nothing.
    is_valid: AtomicBool,
    /// Once that is known, nothing is executed.
    ends_after_validation: bool,
    /// Why fields are null.
    errors: Mutex<Vec<ServerError>>,
}

impl Progress {
    /// Of a request that is only validated.
    pub(crate) fn of_validation() -> Self {
        Self(Arc::new(State {
            ends_after_validation: true,
            ..State::default()
        }))
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.0.is_valid.load(Ordering::Relaxed)
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
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        let progress = ctx.data_unchecked::<Progress>();
        progress.0.is_valid.store(true, Ordering::Relaxed);
        if progress.0.ends_after_validation {
            return Err(Vec::new());
        }
        Ok(result)
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

/// The response key of what is asked for where everything is skipped, so that there is an object.
const HIDDEN: &str = "__hidden";

/// The document as it is to be executed, so that an object of which everything is skipped, or for another type, is there. What this adds is in
/// no result that is [`in_order`]. None if nothing has to be added.
pub(crate) fn with_hidden(collector: Collector<'_>) -> Option<ExecutableDocument> {
    let mut document = collector.document.clone();
    let operations = match &mut document.operations {
        DocumentOperations::Single(only) => vec![only],
        DocumentOperations::Multiple(all) => all.values_mut().collect(),
    };
    let operations = operations
        .into_iter()
        .map(|o| &mut o.node.selection_set.node);
    let fragments = document.fragments.values_mut();
    let fragments = fragments.map(|fragment| &mut fragment.node.selection_set.node);
    let mut has_hidden = false;
    for set in operations {
        has_hidden |= hide_in(set, collector, true);
    }
    for set in fragments {
        has_hidden |= hide_in(set, collector, false);
    }
    has_hidden.then_some(document)
}

/// `is_whole` says that there is no other selection of the same object.
fn hide_in(set: &mut SelectionSet, collector: Collector<'_>, is_whole: bool) -> bool {
    let is_empty = is_whole && !set.items.is_empty() && {
        // Those that are for another type select nothing either.
        let is_fragment = |item: &Positioned<Selection>| !matches!(item.node, Selection::Field(_));
        set.items.iter().all(is_fragment) || collector.selects_nothing(set)
    };
    let mut has_hidden = is_empty;
    for selection in &mut set.items {
        has_hidden |= match &mut selection.node {
            Selection::Field(field) => hide_in(&mut field.node.selection_set.node, collector, true),
            Selection::InlineFragment(fragment) => {
                hide_in(&mut fragment.node.selection_set.node, collector, false)
            }
            Selection::FragmentSpread(_) => false,
        };
    }
    if is_empty {
        set.items.push(hidden());
    }
    has_hidden
}

fn hidden() -> Positioned<Selection> {
    let at = |name| Positioned::new(Name::new(name), Pos::default());
    let field = Field {
        alias: Some(at(HIDDEN)),
        name: at("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), Pos::default()),
    };
    let field = Positioned::new(field, Pos::default());
    Positioned::new(Selection::Field(field), Pos::default())
}

/// Orders the fields of a result as their selections are.
pub(crate) fn in_order(value: Value, collector: Collector<'_>) -> Value {
    order(value, &[&collector.operation.selection_set.node], collector)
}

/// Selections of the same response key are one field, whose selections are all of theirs.
fn order<'a>(value: Value, sets: &[&'a SelectionSet], collector: Collector<'a>) -> Value {
    match value {
        Value::List(list) => {
            let list = list.into_iter();
            Value::List(list.map(|value| order(value, sets, collector)).collect())
        }
        Value::Object(mut completed) => {
            let mut ordered = IndexMap::with_capacity(completed.len());
            for (key, same) in collector.fields(sets.iter().copied()) {
                if let Some(value) = completed.swap_remove(key) {
                    let sets: Vec<_> = inner_sets(&same).collect();
                    ordered.insert(key.clone(), order(value, &sets, collector));
                }
            }
            Value::Object(ordered)
        }
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests;
