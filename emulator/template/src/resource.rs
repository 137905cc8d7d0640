//! A resource whose properties are being read.

use std::time::Duration;

use crate::intrinsics::Resolver;
use crate::node::Node;
use crate::section::Section;

/// Its intrinsics are resolved already.
pub(crate) struct Resource<'a> {
    pub(crate) id: &'a str,
    pub(crate) line: usize,
    pub(crate) metadata: Option<&'a Node>,
    pub(crate) resolver: &'a Resolver<'a>,
}

impl<'a> Resource<'a> {
    pub(crate) fn section(&self, what: &str, node: &'a Node) -> Section<'a> {
        Section::new(self.id, what, node, self.resolver.problems)
    }

    pub(crate) fn problem(&self, line: usize, message: impl Into<String>) {
        self.resolver.problems.add(line, self.id, message);
    }
}

/// Seconds of a whole number that was checked to be non-negative.
pub(crate) fn seconds(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0))
}
