//! Invocations, as whoever has an event sees them.

use async_trait::async_trait;
use bytes::Bytes;

/// Lambda's limit for an event and for an answer: 6 MB.
pub const MAX_PAYLOAD: usize = 6 * 1024 * 1024;

/// Why an invocation gave no result.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// All processes that the function may have are busy and the caller chose not to wait.
    #[error("function {0} is throttled")]
    Throttled(String),
    /// The function did not answer in time; its process was ended.
    #[error("function {function} timed out after {seconds} s")]
    TimedOut {
        /// The function's name.
        function: String,
        /// Its timeout.
        seconds: u64,
    },
    /// The function answered with an error.
    #[error("function {function} failed: {error_type}: {message}")]
    Failed {
        /// The function's name.
        function: String,
        /// `errorType` of the Runtime API.
        error_type: String,
        /// `errorMessage` of the Runtime API.
        message: String,
    },
    /// The function's process ended while it held the invocation.
    #[error("function {function} crashed: {status}")]
    Crashed {
        /// The function's name.
        function: String,
        /// Exit status.
        status: String,
    },
    /// Lambda, which runs it, was not reached or refused.
    #[error("function {function} was not invoked: {reason}")]
    Unavailable {
        /// The function's name.
        function: String,
        /// What the client says.
        reason: String,
    },
    /// The emulator is stopping.
    #[error("the emulator is stopping")]
    Stopping,
}

/// Invokes functions by logical id.
#[async_trait]
pub trait Invoke: Send + Sync {
    /// Waits for a free process (starting one where concurrency allows) and for the function's answer.
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError>;

    /// As [`Invoke::invoke`], for a source that invokes again and again: a free process that served it
    /// before is preferred, because what it keeps in memory is of this source. AWS promises nothing of the
    /// kind, nor the contrary.
    async fn invoke_from(
        &self,
        _source: &str,
        function: &str,
        event: Bytes,
    ) -> Result<Bytes, InvokeError> {
        self.invoke(function, event).await
    }
}
