use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

#[cfg(test)]
mod tests;

/// The name that a user goes by: 1 to 100 characters, at least one of which can be seen, in Unicode's Normalization
/// Form C, no blanks around.
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
    /// A character that nobody sees, that turns the direction of the text around, or that has no meaning to others.
    #[error("contains the character U+{:04X}, which is not printable: remove it", u32::from(*.0))]
    Unprintable(char),
    /// Nothing that can be seen, such as joiners and marks alone.
    #[error("has no visible character: expected at least one letter, digit or symbol")]
    Invisible,
}

impl Name {
    /// The most characters (Unicode scalar values) of a name: ample for a person, and small enough for
    /// every record that carries it.
    pub const MAX_CHARS: usize = 100;

    /// Takes a name that somebody chooses, without the blanks around it.
    ///
    /// # Errors
    /// [`NameError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text.trim());
        let name = Self::stored(&composed)?;
        if let Some(character) = name.0.chars().find(|c| !is_printable(*c)) {
            return Err(NameError::Unprintable(character));
        }
        if !name.0.chars().any(is_visible) {
            return Err(NameError::Invisible);
        }
        Ok(name)
    }

    /// Takes a name that was accepted before, perhaps when the rules for [`Self::parse`] were laxer.
    ///
    /// # Errors
    /// [`NameError`] for what was never accepted.
    pub fn stored(text: &str) -> Result<Self, NameError> {
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

/// Joiners and variation selectors are printable: scripts and emoji need them. They and what is not seen on its own
/// don't make a name.
fn is_printable(character: char) -> bool {
    match category(character) {
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::Unassigned => false,
        _ => {
            !CodePointSetData::new::<BidiControl>().contains(character)
                && (is_shaping(character) || !is_ignorable(character))
        }
    }
}

fn is_visible(character: char) -> bool {
    use GeneralCategory as C;
    let marks = matches!(
        category(character),
        C::SpaceSeparator | C::NonspacingMark | C::SpacingMark | C::EnclosingMark | C::Format
    );
    !marks && !is_ignorable(character) && character != BRAILLE_BLANK
}

/// A symbol by its category, and a blank to look at.
const BRAILLE_BLANK: char = '\u{2800}';

/// What changes how its neighbours look: the joiners, the grapheme joiner, and variation selectors.
const fn is_shaping(character: char) -> bool {
    matches!(
        character,
        '\u{200C}' | '\u{200D}' | '\u{034F}'
            | '\u{180B}'..='\u{180D}' | '\u{180F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
    )
}

/// What renderers leave out: fillers, tags, the soft hyphen, zero-width spaces
/// (<https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point>).
fn is_ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}
