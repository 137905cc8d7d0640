//! How names are searched and sorted.

use domain::UserId;
use domain::user::Name;

/// The beginning of a name, in whatever case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePrefix(String);

/// Why something is not the beginning of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not the beginning of a name: expected 1 to {} characters",
    Name::MAX_CHARS
)]
pub struct NamePrefixError;

impl NamePrefix {
    /// Takes the beginning of a name, without the blanks around it.
    ///
    /// # Errors
    /// [`NamePrefixError`] if no name begins like that.
    pub fn parse(text: &str) -> Result<Self, NamePrefixError> {
        let name = Name::parse(text).map_err(|_| NamePrefixError)?;
        Ok(Self(name.as_str().to_lowercase()))
    }

    /// The text, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A place among all names: the name in lower case, and the user's id to tell apart who shares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePlace(String);

impl NamePlace {
    /// The most bytes of a text: a name of characters of four bytes, and an id.
    pub const MAX_BYTES: usize = 4 * Name::MAX_CHARS + 1 + UserId::TEXT_LEN;

    /// The place of a user.
    #[must_use]
    pub fn of(name: &Name, id: UserId) -> Self {
        Self(format!("{}#{id}", name.as_str().to_lowercase()))
    }

    /// A place as it was written down. Whoever makes one up gets no more than a place.
    #[must_use]
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text. Places sort as the bytes of their texts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names are sorted by first: one character.
    #[must_use]
    pub fn initial(&self) -> String {
        self.0.chars().take(1).collect()
    }

    /// Whether a name of this place begins so.
    #[must_use]
    pub fn begins_with(&self, prefix: &NamePrefix) -> bool {
        self.0.starts_with(&prefix.0)
    }
}
