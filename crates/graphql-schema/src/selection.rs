//! CollectFields of the specification, for what happens before and after async-graphql executes.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};

/// The fields of each response key, which are one field. Their selections are all of theirs.
pub(crate) type Fields<'a> = IndexMap<&'a Name, Vec<&'a Field>>;

/// An operation with the values of its variables.
#[derive(Clone, Copy)]
pub(crate) struct Collector<'a> {
    pub(crate) document: &'a ExecutableDocument,
    pub(crate) operation: &'a OperationDefinition,
    pub(crate) values: &'a Variables,
}

impl<'a> Collector<'a> {
    /// The fields that are selected together and are not skipped, in their order.
    pub(crate) fn fields(&self, sets: impl IntoIterator<Item = &'a SelectionSet>) -> Fields<'a> {
        let (mut fields, mut spread) = (Fields::new(), HashSet::new());
        for set in sets {
            self.collect(set, &mut fields, &mut spread);
        }
        fields
    }

    /// Whether everything is skipped.
    pub(crate) fn selects_nothing(&self, set: &SelectionSet) -> bool {
        let collector = Collector { ..*self };
        collector.fields([set]).is_empty()
    }

    /// What a field is told, with the values of variables.
    pub(crate) fn arguments(&self, field: &'a Field) -> impl Iterator<Item = (&'a Name, Value)> {
        let arguments = field.arguments.iter();
        arguments.map(|(name, value)| {
            let value = value.node.clone();
            let value = value.into_const_with(|name| self.variable(&name));
            (&name.node, value.unwrap_or_else(|never| match never {}))
        })
    }

    /// The value of a variable; null for one that has none.
    fn variable(&self, name: &Name) -> Result<Value, Infallible> {
        let definitions = &mut self.operation.variable_definitions.iter();
        let default = || {
            let definition = definitions.find(|definition| definition.node.name.node == *name);
            definition.and_then(|definition| definition.node.default_value().cloned())
        };
        let value = self.values.get(name).cloned().or_else(default);
        Ok(value.unwrap_or_default())
    }

    /// A fragment that is spread counts whatever its type, and once is enough. Where an object may be of several types, its
    /// result has no fields of others.
    fn collect(
        &self,
        set: &'a SelectionSet,
        fields: &mut Fields<'a>,
        spread: &mut HashSet<&'a Name>,
    ) {
        for selection in &set.items {
            if self.is_skipped(selection.node.directives()) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    fields.entry(key).or_default().push(&field.node);
                }
                Selection::InlineFragment(fragment) => {
                    self.collect(&fragment.node.selection_set.node, fields, spread);
                }
                Selection::FragmentSpread(fragment) => {
                    let name = &fragment.node.fragment_name.node;
                    let fragment = self.document.fragments.get(name);
                    if let Some(fragment) = fragment.filter(|_| spread.insert(name)) {
                        self.collect(&fragment.node.selection_set.node, fields, spread);
                    }
                }
            }
        }
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let holds = directive.node.get_argument("if").is_some_and(|condition| {
                let condition = condition.node.clone();
                let condition = condition.into_const_with(|name| self.variable(&name));
                condition == Ok(Value::Boolean(true))
            });
            match directive.node.name.node.as_str() {
                "skip" => holds,
                "include" => !holds,
                _ => false,
            }
        })
    }
}

/// The part of a document that is an operation and the fragments that it spreads.
pub(crate) fn only(
    operation: &Positioned<OperationDefinition>,
    document: &ExecutableDocument,
) -> ExecutableDocument {
    let mut fragments = HashMap::new();
    let mut sets = vec![&operation.node.selection_set.node];
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => sets.push(&field.node.selection_set.node),
                Selection::InlineFragment(fragment) => {
                    sets.push(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name)
                        && fragments.insert(name.clone(), fragment.clone()).is_none()
                    {
                        sets.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    ExecutableDocument {
        operations: DocumentOperations::Single(operation.clone()),
        fragments,
    }
}

/// What is selected of a field.
pub(crate) fn inner_sets<'a>(fields: &[&'a Field]) -> impl Iterator<Item = &'a SelectionSet> {
    fields.iter().map(|field| &field.selection_set.node)
}
