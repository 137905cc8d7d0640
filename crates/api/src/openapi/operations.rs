use std::collections::BTreeMap;

use super::components::Components;
use super::route::{Operation, Route};

/// Collects the descriptions of routes.
pub(crate) struct Api {
    pub(super) paths: BTreeMap<&'static str, BTreeMap<&'static str, Operation>>,
    pub(super) components: Components,
}

impl Api {
    pub(super) fn new() -> Self {
        Self {
            paths: BTreeMap::new(),
            components: Components::new(),
        }
    }

    /// Describes an operation.
    pub(crate) fn operation(
        &mut self,
        method: &'static str,
        path: &'static str,
        id: &'static str,
        tag: &'static str,
    ) -> Route<'_> {
        let methods = self.paths.entry(path).or_default();
        let operation = methods.entry(method).or_insert(Operation::new(id, tag));
        Route::new(operation, &mut self.components)
    }
}
