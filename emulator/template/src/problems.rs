//! What is wrong with a template: everything, not just the first thing.

use std::cell::RefCell;
use std::fmt;

/// One thing that the emulator can't run as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the template, from 1.
    pub line: usize,
    /// Logical id of the resource, or the section (`Parameters`, `Globals`).
    pub place: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Why a template can't be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateErrors {
    /// The template's file name, as it was given.
    pub file: String,
    /// In order of lines; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for TemplateErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let Problem {
                line,
                place,
                message,
            } = problem;
            write!(f, "{}:{line}: {place}: {message}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateErrors {}

/// Gathers problems while the template is read. Shared by all readers, hence the cell.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn add(&self, line: usize, place: &str, message: impl Into<String>) {
        self.0.borrow_mut().push(Problem {
            line,
            place: place.to_owned(),
            message: message.into(),
        });
    }

    /// Fails if anything was added.
    pub(crate) fn into_result(self, file: &str) -> Result<(), TemplateErrors> {
        let mut problems = self.0.into_inner();
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by(|a, b| (a.line, &a.message).cmp(&(b.line, &b.message)));
        problems.dedup();
        Err(TemplateErrors {
            file: file.to_owned(),
            problems,
        })
    }
}
