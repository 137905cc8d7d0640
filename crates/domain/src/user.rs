//! What a user tells about themselves, once it is known to be valid.

mod email;
mod name;
mod password;

use std::fmt;

pub use email::{Email, EmailError};
pub use name::{Name, NameError};
pub use password::{Password, PasswordError, prepare_password};

#[cfg(test)]
mod tests;

/// A telephone number in the international form of E.164, such as `+4930901820`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(String);

/// The text is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an international phone number: expected + and 8 to 15 digits, such as +4930901820")]
pub struct PhoneError;

impl Phone {
    /// The fewest digits that are accepted; the shortest numbers in use that SMS reaches have eight.
    pub const MIN_DIGITS: usize = 8;
    /// The most digits of a number (E.164, 6.2.1).
    pub const MAX_DIGITS: usize = 15;

    /// Takes a number.
    ///
    /// # Errors
    /// [`PhoneError`] unless it is `+`, a digit other than 0 (no country code begins with one) and more
    /// digits, without blanks or punctuation.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix('+').ok_or(PhoneError)?;
        let known_length = (Self::MIN_DIGITS..=Self::MAX_DIGITS).contains(&digits.len());
        if !known_length
            || digits.starts_with('0')
            || !digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(PhoneError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The number with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a user may do beyond their own affairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Nothing.
    #[default]
    User,
    /// See everybody's analytics. Only an operator makes somebody an admin.
    Admin,
}

/// The text is not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a role: expected `user` or `admin`")]
pub struct RoleError;

impl Role {
    /// Reads the name of a role.
    ///
    /// # Errors
    /// [`RoleError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, RoleError> {
        match text {
            "user" => Ok(Self::User),
            "admin" => Ok(Self::Admin),
            _ => Err(RoleError),
        }
    }

    /// The name of the role.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

/// Which notifications a user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// An email for every snapshot that is saved.
    pub snapshot_saved: bool,
    /// An email or a text message, as the alert says, when a price alert fires.
    pub alert: bool,
}

/// What a user wants who has not said otherwise: nothing that they did not ask for.
impl Default for Preferences {
    fn default() -> Self {
        Self {
            snapshot_saved: false,
            alert: true,
        }
    }
}
