use async_graphql::Value;
use async_graphql::parser::types::{Selection, SelectionSet};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// Writes a result of a canonical operation: what is selected, in the order in which it is.
pub(super) struct InOrder<'a> {
    value: &'a Value,
    shown: &'a SelectionSet,
}

impl<'a> InOrder<'a> {
    pub(super) const fn new(value: &'a Value, shown: &'a SelectionSet) -> Self {
        Self { value, shown }
    }
}

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::List(list) => {
                serializer.collect_seq(list.iter().map(|value| Self { value, ..*self }))
            }
            Value::Object(completed) => {
                let mut map = serializer.serialize_map(None)?;
                for selection in &self.shown.items {
                    let Selection::Field(field) = &selection.node else {
                        continue;
                    };
                    let key = &field.node.response_key().node;
                    if let Some(value) = completed.get(key) {
                        let shown = &field.node.selection_set.node;
                        map.serialize_entry(key, &InOrder::new(value, shown))?;
                    }
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}
