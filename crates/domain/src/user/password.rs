use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

#[cfg(test)]
mod tests;

/// A password that somebody chooses, in the form that is the same however their keyboard spells it
/// ([`prepare_password`]). Its `Debug` does not show it, and it has no `Display`.
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

    /// Takes a password; blanks count.
    ///
    /// # Errors
    /// [`PasswordError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let prepared = prepare_password(text);
        let chars = prepared.chars().count();
        if chars < Self::MIN_CHARS {
            return Err(PasswordError::TooShort);
        }
        if chars > Self::MAX_CHARS {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(prepared))
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

/// A password as it is compared: every blank is U+0020, and the text is in Unicode's Normalization Form C, so that `é`
/// is the same from a keyboard that sends one character and from one that sends two (RFC 8265, 4.2, `OpaqueString`).
#[must_use]
pub fn prepare_password(text: &str) -> String {
    let blank =
        |c| CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::SpaceSeparator;
    let spaced: String = text
        .chars()
        .map(|c| if blank(c) { ' ' } else { c })
        .collect();
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(&spaced)
        .into_owned()
}
