use std::fmt;

/// The digest (SHA-256) of an operation's text: who asks for the same has the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationKey(pub [u8; 32]);

impl OperationKey {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let mut key = [0; 32];
        if pairs.len() != key.len() {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(pairs) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(key))
    }
}

impl fmt::Debug for OperationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// In hexadecimal digits.
impl fmt::Display for OperationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is executed for each event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The digest of the text.
    pub key: OperationKey,
    /// What to execute, as whoever executes it has written it.
    pub text: String,
}

/// That a subscription gets the results of an operation instead of frames of the raw feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LiveOperation {
    /// Which operation.
    pub key: OperationKey,
    /// From when the token that it was subscribed with is no longer valid, in seconds since the Unix epoch. Then
    /// the subscription ends.
    pub expires_at: u64,
}

impl LiveOperation {
    /// Whether the token has expired by `now_ms` (milliseconds since the Unix epoch).
    #[must_use]
    pub const fn is_expired(&self, now_ms: u64) -> bool {
        self.expires_at <= now_ms / 1000
    }
}
