//! REST functions: requests come from API Gateway, and a handler answers them or says what the problem is.

use api::problem::Problem;
use api::rest::Responder;
use lambda_http::{Body, Request, Response, service_fn};

use crate::Error;
use crate::clock::now_ms;
use crate::config::{ConfigError, Env, FromEnv};

/// Reads `ALLOWED_ORIGIN`.
impl FromEnv for Responder {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.parse("ALLOWED_ORIGIN").map(Self::new)
    }
}

/// Gives `handle` each request and its instant, in milliseconds since the Unix epoch.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn run<F, Answer>(responder: &Responder, handle: F) -> Result<(), Error>
where
    F: Fn(Request, u64) -> Answer + Sync,
    Answer: Future<Output = Result<Response<Body>, Problem>> + Send,
{
    let handle = &handle;
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(responder.answer(handle(request, now_ms()).await))
    }))
    .await
}
