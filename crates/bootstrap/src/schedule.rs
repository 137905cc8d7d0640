//! Scheduled functions. They read nothing from their events: whatever starts them, they do the same.

use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::Error;

/// Gives `handle` the context of each invocation, and reports what it comes to.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn run<F, Report>(handle: F) -> Result<(), Error>
where
    F: AsyncFn(Context) -> Result<Report, Error>,
    Report: Serialize,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<IgnoredAny>| {
        handle(event.context).await
    }))
    .await
}
