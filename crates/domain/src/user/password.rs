use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use zxcvbn::Score;

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
    /// Of those that are tried first: a common one, a word with digits, a repetition, a row of keys, or what the user
    /// is called.
    #[error("is easy to guess: expected something less common, such as several unrelated words")]
    Guessable,
}

/// What everybody knows of every user.
const SERVICE: &str = "fastfusion";
/// How much of a password is judged: the work grows with the square of its length, and beyond this one that is easy to
/// guess has been easy from its beginning.
const JUDGED_CHARS: usize = 32;

impl Password {
    /// The fewest characters of a password. There are no rules of composition, as NIST SP 800-63B advises.
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

    /// Refuses a password that an attacker would try among the first million, given what they know of the user, such as
    /// name and address (NIST SP 800-63B, 3.1.1.2, asks for a blocklist; <https://github.com/shssoichiro/zxcvbn-rs>
    /// has one of common passwords, names and words, and finds them inside patterns). It takes some milliseconds of CPU.
    ///
    /// # Errors
    /// [`PasswordError::Guessable`].
    pub fn resist_guessing(&self, known: &[&str]) -> Result<(), PasswordError> {
        let end = self.0.char_indices().nth(JUDGED_CHARS);
        let judged = &self.0[..end.map_or(self.0.len(), |(end, _)| end)];
        let known = known.iter().flat_map(|text| parts(text));
        let known: Vec<_> = known.chain([SERVICE]).collect();
        if zxcvbn::zxcvbn(judged, &known).score() < Score::Two {
            return Err(PasswordError::Guessable);
        }
        Ok(())
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

/// What people take of a name or an address: all of it, what stands before the `@`, and each word.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let parts = [text].into_iter().chain(text.split('@')).chain(words);
    parts.filter(|part| part.len() > 2)
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
