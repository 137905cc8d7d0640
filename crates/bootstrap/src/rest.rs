//! REST functions: requests come from API Gateway, and a handler answers them or says what the problem is.

use api::problem::Problem;
use api::rest::{Responder, check_headers, only_token, with_every_header};
use app::users::{Authenticator, CurrentUser};
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Adapter, Body, LambdaEvent, Request, Response, service_fn};

use crate::Error;
use crate::clock::now_ms;
use crate::config::{ConfigError, Env, FromEnv};

/// Reads `ALLOWED_ORIGIN`.
impl FromEnv for Responder {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.parse("ALLOWED_ORIGIN").map(Self::new)
    }
}

/// Gives `handle` each request and its instant, in milliseconds since the Unix epoch. Anybody may make one: for routes that
/// take no token.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn run<F, Answer>(responder: &Responder, handle: F) -> Result<(), Error>
where
    F: Fn(Request, u64) -> Answer + Sync,
    Answer: Future<Output = Result<Response<Body>, Problem>> + Send,
{
    let handle = &handle;
    serve(responder, async move |request, now_ms| {
        check_headers(&request)?;
        handle(request, now_ms).await
    })
    .await
}

/// Gives `handle` the requests of users who exist and whose token is valid, and nobody else's. Before that is known, nothing
/// else of a request is looked at.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn run_for_users<F, Answer>(
    responder: &Responder,
    authenticator: &Authenticator,
    handle: F,
) -> Result<(), Error>
where
    F: Fn(CurrentUser, Request, u64) -> Answer + Sync,
    Answer: Future<Output = Result<Response<Body>, Problem>> + Send,
{
    let handle = &handle;
    serve(responder, async move |request, now_ms| {
        let token = only_token(&request)?;
        let user = authenticator.authenticate(token, now_ms).await?;
        check_headers(&request)?;
        handle(user, request, now_ms).await
    })
    .await
}

/// Gives `handle` each request and its instant, as it is: for who answers whatever is wrong in a format of their own.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn serve<F, Answer>(responder: &Responder, handle: F) -> Result<(), Error>
where
    F: Fn(Request, u64) -> Answer + Sync,
    Answer: Future<Output = Result<Response<Body>, Problem>> + Send,
{
    let handle = &handle;
    let service = Adapter::from(service_fn(move |request| async move {
        Ok::<_, Error>(responder.answer(handle(request, now_ms()).await))
    }));
    let service = service.map_request(|event: LambdaEvent<LambdaRequest>| {
        LambdaEvent::new(with_every_header(event.payload), event.context)
    });
    lambda_runtime::run(service).await
}
