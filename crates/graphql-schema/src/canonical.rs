//! Subscriptions in the one form in which they are stored and executed: without fragments, variables and directives, and
//! without what the root field is told, which is no matter of its results.

use std::collections::HashSet;
use std::fmt::Write as _;

use async_graphql::parser::types::{Directive, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned};

use crate::selection::{Collector, inner_sets};

/// How the root of a subscription breaks the rules of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RootError {
    #[error("A subscription has one root field: subscribe to others on their own.")]
    Several,
    #[error("The root field of a subscription can't be one of the introspection.")]
    Introspection,
    #[error("The root field of a subscription can't have @skip or @include.")]
    Condition,
}

/// The fields that are the root field of a subscription: one, or several with the same key. None if validation will find
/// fault with the document.
///
/// # Errors
/// What breaks the rules, whatever the values of variables.
pub(crate) fn root_fields(collector: Collector<'_>) -> Result<Vec<&Field>, RootError> {
    let set = &collector.operation.selection_set.node;
    find_condition(collector, set, &mut HashSet::new())?;
    let mut fields = collector.fields([set]).into_values();
    let root = fields.next().unwrap_or_default();
    if fields.next().is_some() {
        return Err(RootError::Several);
    }
    if root.iter().any(|field| field.name.node.starts_with("__")) {
        return Err(RootError::Introspection);
    }
    Ok(root)
}

fn find_condition<'a>(
    collector: Collector<'a>,
    set: &'a SelectionSet,
    spread: &mut HashSet<&'a Name>,
) -> Result<(), RootError> {
    let is_condition = |directive: &Positioned<Directive>| {
        matches!(directive.node.name.node.as_str(), "skip" | "include")
    };
    for selection in &set.items {
        if selection.node.directives().iter().any(is_condition) {
            return Err(RootError::Condition);
        }
        match &selection.node {
            Selection::Field(_) => {}
            Selection::InlineFragment(fragment) => {
                find_condition(collector, &fragment.node.selection_set.node, spread)?;
            }
            Selection::FragmentSpread(fragment) => {
                let name = &fragment.node.fragment_name.node;
                let fragment = collector.document.fragments.get(name);
                if let Some(fragment) = fragment.filter(|_| spread.insert(name)) {
                    find_condition(collector, &fragment.node.selection_set.node, spread)?;
                }
            }
        }
    }
    Ok(())
}

/// The root field of a valid subscription as a document of its own, with all that it is told.
pub(crate) fn root_alone(collector: Collector<'_>, field: &Field) -> String {
    let mut text = "subscription{".to_owned();
    write_name(&mut text, field);
    write_arguments(&mut text, collector, field);
    text.push_str("{__typename}}");
    text
}

/// A valid subscription as a document of its own. What asks for the same has the same text.
pub(crate) fn canonical(collector: Collector<'_>, root: &[&Field]) -> String {
    let mut text = "subscription{".to_owned();
    if let Some(field) = root.first() {
        write_name(&mut text, field);
        write_fields(&mut text, collector, inner_sets(root));
    }
    text.push('}');
    text
}

fn write_name(text: &mut String, field: &Field) {
    if let Some(alias) = field
        .alias
        .as_ref()
        .filter(|alias| alias.node != field.name.node)
    {
        text.push_str(&alias.node);
        text.push(':');
    }
    text.push_str(&field.name.node);
}

fn write_fields<'a>(
    text: &mut String,
    collector: Collector<'a>,
    sets: impl IntoIterator<Item = &'a SelectionSet>,
) {
    text.push('{');
    let fields = collector.fields(sets);
    if fields.is_empty() {
        text.push_str("__typename@skip(if:true)");
    }
    for (number, same) in fields.values().enumerate() {
        if number > 0 {
            text.push(' ');
        }
        write_field(text, collector, same);
    }
    text.push('}');
}

fn write_field<'a>(text: &mut String, collector: Collector<'a>, same: &[&'a Field]) {
    let Some(field) = same.first() else {
        return;
    };
    write_name(text, field);
    write_arguments(text, collector, field);
    if !field.selection_set.node.items.is_empty() {
        write_fields(text, collector, inner_sets(same));
    }
}

fn write_arguments<'a>(text: &mut String, collector: Collector<'a>, field: &'a Field) {
    for (number, (name, value)) in collector.arguments(field).enumerate() {
        text.push(if number == 0 { '(' } else { ',' });
        write!(text, "{name}:{value}").expect("BUG: a string takes all that is written");
    }
    if !field.arguments.is_empty() {
        text.push(')');
    }
}
