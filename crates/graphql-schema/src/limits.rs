//! What a document may ask for at most. It is measured before anything else looks at it, in time that grows with its
//! length alone: fragments that spread each other multiply, and validation follows every spread.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// How deep fields may be nested: twice as deep as the schema needs.
pub const MAX_DEPTH: usize = 12;
/// How deep fields may be nested in an introspection: as deep as that of graphql-js, which tools send.
pub const MAX_INTROSPECTION_DEPTH: usize = 15;
/// How deep selections, values and types may be nested in all, fragments included: it bounds the stack that is used for a
/// document. As deep as async-graphql looks at selections.
pub const MAX_NESTING: usize = 64;
/// How many fields may have an alias.
pub const MAX_ALIASES: usize = 30;
/// How many selections there may be once every fragment is put where it is spread.
pub const MAX_SELECTIONS: usize = 2_000;
/// What the fields of a document may cost together. A field costs 1, the fields of a list as often as it may have
/// elements, and what takes more work says so.
pub const MAX_COMPLEXITY: usize = 2_000;
/// How many directives a field may have.
pub const MAX_DIRECTIVES: usize = 4;
/// How long a subscription may be, in bytes, once every fragment is put where it is spread and layout is left out.
pub const MAX_OPERATION_BYTES: usize = 16 * 1024;

/// A limit that a document is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BeyondLimit {
    #[error("Fields are nested deeper than {MAX_DEPTH} levels.")]
    Depth,
    #[error("Fields of the introspection are nested deeper than {MAX_INTROSPECTION_DEPTH} levels.")]
    IntrospectionDepth,
    #[error("With its fragments, the document is nested deeper than {MAX_NESTING} levels.")]
    Nesting,
    #[error("More than {MAX_ALIASES} fields have an alias.")]
    Aliases,
    #[error("The document asks for more than {MAX_SELECTIONS} fields.")]
    Selections,
    #[error("With its fragments, the subscription has more than {MAX_OPERATION_BYTES} bytes.")]
    OperationBytes,
}

impl BeyondLimit {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Depth | Self::IntrospectionDepth | Self::Nesting => "QUERY_TOO_DEEP",
            Self::Aliases => "TOO_MANY_ALIASES",
            Self::Selections | Self::OperationBytes => "QUERY_TOO_LARGE",
        }
    }
}

/// Makes sure that a document is within all limits but that of complexity, which takes the schema.
pub(crate) fn check(document: &ExecutableDocument) -> Result<Size, BeyondLimit> {
    let mut measure = Measure {
        document,
        fragments: HashMap::new(),
        level: 0,
    };
    let mut all = Size::default();
    for (_, operation) in document.operations.iter() {
        all = all.beside(measure.selections(&operation.node.selection_set.node));
    }
    // Nor may those be nested more deeply that no operation spreads: validation looks at them all the same.
    for name in document.fragments.keys() {
        let nesting = measure.fragment(name).nesting;
        all.nesting = all.nesting.max(nesting);
    }
    if all.depth > MAX_DEPTH {
        Err(BeyondLimit::Depth)
    } else if all.introspection_depth > MAX_INTROSPECTION_DEPTH {
        Err(BeyondLimit::IntrospectionDepth)
    } else if all.aliases > MAX_ALIASES {
        Err(BeyondLimit::Aliases)
    } else if all.selections > MAX_SELECTIONS {
        Err(BeyondLimit::Selections)
    } else if all.nesting > MAX_NESTING {
        Err(BeyondLimit::Nesting)
    } else {
        Ok(all)
    }
}

/// How much a set of selections asks for, with every fragment put where it is spread.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    nesting: usize,
    depth: usize,
    introspection_depth: usize,
    aliases: usize,
    selections: usize,
}

impl Size {
    /// Whether it asks for the schema.
    pub(crate) const fn has_introspection(self) -> bool {
        self.introspection_depth > 0
    }

    /// Of both together.
    fn beside(self, other: Self) -> Self {
        Self {
            nesting: self.nesting.max(other.nesting),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            aliases: self.aliases.saturating_add(other.aliases),
            selections: self.selections.saturating_add(other.selections),
        }
    }
}

struct Measure<'a> {
    document: &'a ExecutableDocument,
    /// Each fragment is measured once. One that is being measured counts nothing: it spreads itself, and validation
    /// refuses it.
    fragments: HashMap<&'a str, Size>,
    /// How many sets of selections are being measured, each within the one before.
    level: usize,
}

impl<'a> Measure<'a> {
    fn selections(&mut self, set: &'a SelectionSet) -> Size {
        if self.level > MAX_NESTING {
            return Size {
                nesting: MAX_NESTING + 1,
                ..Size::default()
            };
        }
        self.level += 1;
        let mut all = self.selected(set);
        self.level -= 1;
        all.nesting = all.nesting.saturating_add((!set.items.is_empty()).into());
        all
    }

    fn selected(&mut self, set: &'a SelectionSet) -> Size {
        let mut all = Size::default();
        for selection in &set.items {
            let mut size = match &selection.node {
                Selection::Field(field) => {
                    let inner = self.selections(&field.node.selection_set.node);
                    let mut size = Size {
                        depth: inner.depth + 1,
                        ..inner
                    };
                    if matches!(field.node.name.node.as_str(), "__schema" | "__type") {
                        size.introspection_depth = size.introspection_depth.max(size.depth);
                        size.depth = 1;
                    }
                    size.aliases = size
                        .aliases
                        .saturating_add(field.node.alias.is_some().into());
                    size
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())
                }
            };
            size.selections = size.selections.saturating_add(1);
            all = all.beside(size);
        }
        all
    }

    fn fragment(&mut self, name: &str) -> Size {
        if let Some(size) = self.fragments.get(name) {
            return *size;
        }
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Size::default();
        };
        self.fragments.insert(name, Size::default());
        let size = self.selections(&fragment.node.selection_set.node);
        self.fragments.insert(name, size);
        size
    }
}

#[cfg(test)]
mod tests;
