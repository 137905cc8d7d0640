use std::fmt;

/// What a client chooses to recognise its own request by when it sends it again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// Why something is not an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {} printable ASCII characters", IdempotencyKey::MAX_LEN)]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// The most characters.
    pub const MAX_LEN: usize = 64;

    /// Takes 1 to [`Self::MAX_LEN`] printable ASCII characters.
    ///
    /// # Errors
    /// [`IdempotencyKeyError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdempotencyKeyError> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if (1..=Self::MAX_LEN).contains(&text.len()) && printable {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdempotencyKeyError)
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
