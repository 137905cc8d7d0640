use app::Causes;

/// Why a record is not what its topic holds. The text of the error and of its source together are the
/// reason that goes with a dead letter: see [`DecodeError::reason`].
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The record has no key.
    #[error("the record has no key")]
    NoKey,
    /// The record has no value.
    #[error("the record has no value")]
    NoValue,
    /// The value is not the JSON object that the topic holds.
    #[error("the value is not the JSON object expected")]
    Json(#[source] serde_json::Error),
    /// A field of the value holds something it must not.
    #[error("`{field}` is wrong")]
    Field {
        /// The field.
        field: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The key is not the one that such a value goes under.
    #[error("the key is not {expected}")]
    Key {
        /// What the key should be.
        expected: String,
    },
}

impl DecodeError {
    pub(super) fn field(
        field: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Field {
            field,
            source: source.into(),
        }
    }

    /// The whole chain of causes on one line.
    #[must_use]
    pub fn reason(&self) -> String {
        Causes(self).to_string()
    }
}

/// The parts of a record that must be there.
pub(super) fn key_and_value<'a>(
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
) -> Result<(&'a [u8], &'a [u8]), DecodeError> {
    Ok((
        key.ok_or(DecodeError::NoKey)?,
        value.ok_or(DecodeError::NoValue)?,
    ))
}

pub(super) fn check_key(key: &[u8], expected: &str) -> Result<(), DecodeError> {
    if key == expected.as_bytes() {
        Ok(())
    } else {
        Err(DecodeError::Key {
            expected: expected.to_owned(),
        })
    }
}
