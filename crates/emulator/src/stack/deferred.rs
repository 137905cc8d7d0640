//! Functions that can be named before they can be invoked.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;

use crate::invoke::{Invoke, InvokeError};

/// Invokes through what it is given later; nothing can reach it before.
#[derive(Default)]
pub(super) struct Deferred(OnceLock<Arc<dyn Invoke>>);

impl Deferred {
    pub(super) fn set(&self, invoke: Arc<dyn Invoke>) {
        assert!(self.0.set(invoke).is_ok(), "BUG: functions are given once");
    }
}

#[async_trait]
impl Invoke for Deferred {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        match self.0.get() {
            Some(invoke) => invoke.invoke(function, event).await,
            None => Err(InvokeError::Stopping),
        }
    }
    async fn invoke_from(
        &self,
        source: &str,
        function: &str,
        event: Bytes,
    ) -> Result<Bytes, InvokeError> {
        match self.0.get() {
            Some(invoke) => invoke.invoke_from(source, function, event).await,
            None => Err(InvokeError::Stopping),
        }
    }
}
