use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid, Variant};

/// Identifies a user, who is also a shareholder.
///
/// Always a UUID of version 7 (RFC 9562), so that it carries the instant of registration. Its text is
/// the hyphenated lower-case form, and its order is that of the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Uuid);

/// Why something is not a user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserIdError {
    /// The text is not a hyphenated UUID.
    #[error("not a user id: expected a UUID such as 019b76da-a800-7000-8000-000000000001")]
    NotAUuid,
    /// A UUID, but not of version 7.
    #[error("not a user id: expected a UUID of version 7")]
    NotVersion7,
}

impl UserId {
    /// Bytes in the text form.
    pub const TEXT_LEN: usize = 36;

    /// Makes the id of a user who registers `registered_at_ms` milliseconds after the Unix epoch (the
    /// low 48 bits count), from ten random bytes, of which the model keeps 74 bits.
    #[must_use]
    pub fn generate(registered_at_ms: u64, random: &[u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(registered_at_ms, random).into_uuid())
    }

    /// Takes a UUID that is of version 7.
    ///
    /// # Errors
    /// [`UserIdError::NotVersion7`] for every other version or variant.
    pub fn from_uuid(uuid: Uuid) -> Result<Self, UserIdError> {
        if uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122 {
            Ok(Self(uuid))
        } else {
            Err(UserIdError::NotVersion7)
        }
    }

    /// Reads the hyphenated form, in either case.
    ///
    /// # Errors
    /// [`UserIdError`] if the text is anything else; the braced, bare and URN forms of a UUID are not
    /// accepted, because an id has to compare equal as text too.
    pub fn parse(text: &str) -> Result<Self, UserIdError> {
        if text.len() != Self::TEXT_LEN {
            return Err(UserIdError::NotAUuid);
        }
        let uuid = Uuid::try_parse(text).map_err(|_| UserIdError::NotAUuid)?;
        Self::from_uuid(uuid)
    }

    /// The UUID itself.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// When the user registered, in milliseconds since the Unix epoch: the first 48 bits of the id.
    #[must_use]
    pub const fn registered_at_ms(&self) -> u64 {
        (self.0.as_u128() >> 80) as u64
    }

    /// Writes the text form into `buffer`, without allocating.
    #[must_use]
    pub fn encode<'a>(&self, buffer: &'a mut [u8; Self::TEXT_LEN]) -> &'a str {
        self.0.as_hyphenated().encode_lower(buffer)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.encode(&mut [0; Self::TEXT_LEN]))
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({self})")
    }
}

impl FromStr for UserId {
    type Err = UserIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<Uuid> for UserId {
    type Error = UserIdError;

    fn try_from(uuid: Uuid) -> Result<Self, Self::Error> {
        Self::from_uuid(uuid)
    }
}

#[cfg(test)]
mod tests;
