//! What a user tells about themselves, once it is known to be valid.

use std::fmt;

use email_address::{EmailAddress, Options};

#[cfg(test)]
mod tests;

/// The name that a user goes by: 1 to 100 characters, none of them a control character, no blanks
/// around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why something is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing but blanks.
    #[error("is empty: expected 1 to 100 characters")]
    Empty,
    /// More than [`Name::MAX_CHARS`] characters.
    #[error("has {chars} characters: expected at most 100")]
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// A line break, a tab or another control character.
    #[error("contains a control character: expected printable characters only")]
    ControlCharacter,
}

impl Name {
    /// The most characters (Unicode scalar values) of a name: ample for a person, and small enough for
    /// every record that carries it.
    pub const MAX_CHARS: usize = 100;

    /// Takes a name, without the blanks around it.
    ///
    /// # Errors
    /// [`NameError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        let chars = name.chars().count();
        if chars > Self::MAX_CHARS {
            return Err(NameError::TooLong { chars });
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An email address that mail can be sent to: RFC 5321 syntax with a domain of two labels or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

/// Why something is not an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// More than [`Email::MAX_BYTES`] bytes.
    #[error("has {bytes} bytes: expected at most 254")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// Not an address.
    #[error("is not an email address: expected one such as ada@example.com")]
    Malformed,
}

impl Email {
    /// The most bytes of an address: a forward path has at most 256 with its brackets (RFC 5321, 4.5.3.1.3).
    pub const MAX_BYTES: usize = 254;

    /// Takes an address, without the blanks around it, its case kept.
    ///
    /// # Errors
    /// [`EmailError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let address = text.trim();
        if address.len() > Self::MAX_BYTES {
            return Err(EmailError::TooLong {
                bytes: address.len(),
            });
        }
        let options = Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        EmailAddress::parse_with_options(address, options).map_err(|_| EmailError::Malformed)?;
        Ok(Self(address.to_owned()))
    }

    /// The address as the user wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes the address unique: itself in lower case. (A server may tell apart addresses that
    /// differ in case; none in use does, and people don't.)
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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

/// A password as the user chose it. Its `Debug` does not show it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why something can't be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`Password::MIN_CHARS`] characters.
    #[error("is too short: expected at least 12 characters")]
    TooShort,
    /// More than [`Password::MAX_CHARS`] characters.
    #[error("is too long: expected at most 128 characters")]
    TooLong,
}

impl Password {
    /// The fewest characters of a password. Length is the only rule, as NIST SP 800-63B advises.
    pub const MIN_CHARS: usize = 12;
    /// The most characters of a password: room for any passphrase, and a bound on what gets hashed.
    pub const MAX_CHARS: usize = 128;

    /// Takes a password exactly as it is; blanks count.
    ///
    /// # Errors
    /// [`PasswordError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let chars = text.chars().count();
        if chars < Self::MIN_CHARS {
            return Err(PasswordError::TooShort);
        }
        if chars > Self::MAX_CHARS {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// The password itself, to be hashed and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}
