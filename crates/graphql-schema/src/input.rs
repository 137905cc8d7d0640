//! Gathers what is wrong with the members of an input, so that a client learns of everything at once.

use std::fmt::Display;

use app::{Error, FieldError};

use crate::error::Fault;

#[derive(Default)]
pub(crate) struct Checks(Vec<FieldError>);

impl Checks {
    /// What was read, if it could be; else the member is refused.
    pub(crate) fn read<T, E: Display>(&mut self, field: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| {
            self.0.push(FieldError {
                field: field.to_owned(),
                detail: error.to_string(),
            });
        })
        .ok()
    }

    /// What was made of the members, unless one of them was refused.
    pub(crate) fn finish<T>(self, made: Option<T>) -> Result<T, Fault> {
        match made {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(Error::Invalid(self.0).into()),
        }
    }
}
