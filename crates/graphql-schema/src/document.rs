//! Documents as the GraphQL specification of September 2025 writes them (<https://spec.graphql.org/September2025/>), in
//! async-graphql's types.
//!
//! async-graphql has a parser of its own, which is not used for what clients send: it recurses as deep as they say, and knows
//! the lexical grammar in part.

mod convert;
mod descriptions;

use apollo_parser::Parser;
use async_graphql::Pos;
use async_graphql::parser::types::ExecutableDocument;

use crate::limits::MAX_NESTING;
use convert::Converter;

/// Why a text is no document that can be executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct DocumentError {
    /// Whether it is no document by its grammar; else a rule of validation is broken that the types of async-graphql can't
    /// express.
    pub(crate) is_syntax: bool,
    /// What is wrong.
    pub(crate) message: String,
    /// Where.
    pub(crate) position: Pos,
}

/// Reads a document. However deep it is nested, no more than [`MAX_NESTING`] levels are looked at.
///
/// # Errors
/// [`DocumentError`] if it is not written as the specification says, if it is nested too deeply, or if something is there
/// twice that may be there once.
pub(crate) fn parse(text: &str) -> Result<ExecutableDocument, DocumentError> {
    let undescribed = descriptions::without(text);
    let tree = Parser::new(&undescribed)
        .recursion_limit(MAX_NESTING)
        .parse();
    let converter = Converter::new(text);
    if let Some(error) = tree.errors().next() {
        let message = if error.is_limit() {
            format!(
                "Selections, values and types are nested deeper than {MAX_NESTING} levels in all."
            )
        } else {
            format!("Syntax error: {}.", error.message().trim_end_matches('.'))
        };
        return Err(converter.error_at(true, error.index(), message));
    }
    converter.document(&tree.document())
}

#[cfg(test)]
mod tests;
