//! The environment of a function's process: what Lambda and the template give it, and nothing that
//! the emulator happens to have.

use indexmap::IndexMap;

use super::PoolOptions;
use crate::model::Function;
use crate::template::REGION;

/// Variables of the emulator's own environment that functions get: the first to find programs, the
/// second so that a panic can be read.
const PASSED_ON: [&str; 2] = ["PATH", "RUST_BACKTRACE"];

/// Addresses of what stands in for AWS services. What is `None` is left to the SDK.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// DynamoDB.
    pub dynamodb: Option<String>,
    /// Secrets Manager.
    pub secrets_manager: Option<String>,
    /// `@connections` of the WebSocket API, stage included.
    pub management: Option<String>,
    /// Every other service.
    pub aws: Option<String>,
}

/// The environment of one function, but for `AWS_LAMBDA_RUNTIME_API`.
pub(super) fn of(function: &Function, options: &PoolOptions) -> IndexMap<String, String> {
    let mut environment: IndexMap<String, String> = PASSED_ON
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect();
    let memory = function.memory_mb.to_string();
    let log_group = format!("/aws/lambda/{}", function.id);
    let defaults = [
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        // People read these logs, whatever format the template asks for on AWS.
        ("AWS_LAMBDA_LOG_FORMAT", "Text"),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.id),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("_HANDLER", "bootstrap"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
    ];
    for (name, value) in defaults {
        environment.insert(name.to_owned(), value.to_owned());
    }
    let endpoints = &options.endpoints;
    for (name, value) in [
        ("AWS_ENDPOINT_URL", &endpoints.aws),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoints.dynamodb),
        (
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            &endpoints.secrets_manager,
        ),
        (
            "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI",
            &endpoints.management,
        ),
    ] {
        if let Some(value) = value {
            environment.insert(name.to_owned(), value.clone());
        }
    }
    environment.extend(function.environment.clone());
    environment.extend(options.environment.clone());
    environment
}
