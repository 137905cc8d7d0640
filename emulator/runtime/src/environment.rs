//! The environment of a function's or service's process: what AWS and the template give it, and nothing that
//! the emulator happens to have.

use emulator_template::REGION;
use emulator_template::model::{Function, LISTEN_ADDRESS, Service};
use indexmap::IndexMap;

use crate::options::{Endpoints, MessageTarget, RuntimeOptions};

#[cfg(test)]
mod tests;

/// Variables of the emulator's own environment that functions get: the first to find programs, the
/// second so that a panic can be read.
const PASSED_ON: [&str; 2] = ["PATH", "RUST_BACKTRACE"];
/// Variables by which the SDK finds the credentials of whoever started the emulator, for services that really send.
const CREDENTIALS: [&str; 9] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "HOME",
];

/// The environment of one function, but for `AWS_LAMBDA_RUNTIME_API`.
pub(crate) fn of_function(
    function: &Function,
    options: &RuntimeOptions,
) -> IndexMap<String, String> {
    let mut environment = passed_on(&PASSED_ON);
    environment.extend(local_credentials());
    let memory = function.memory_mb.to_string();
    let log_group = format!("/aws/lambda/{}", function.id);
    let defaults = [
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
    environment.extend(endpoints(
        &options.endpoints,
        options.endpoints.aws.as_ref(),
    ));
    environment.extend(function.environment.clone());
    environment.extend(options.environment.clone());
    environment
}

/// The environment of one service that is to listen at this address.
pub(crate) fn of_service(
    service: &Service,
    address: &str,
    options: &RuntimeOptions,
) -> IndexMap<String, String> {
    let mut environment = passed_on(&PASSED_ON);
    let aws = if options.endpoints.messages == MessageTarget::Aws {
        environment.extend(passed_on(&CREDENTIALS));
        None
    } else {
        environment.extend(local_credentials());
        options.endpoints.aws.as_ref()
    };
    environment.extend(endpoints(&options.endpoints, aws));
    environment.extend(service.environment.clone());
    environment.insert(LISTEN_ADDRESS.to_owned(), address.to_owned());
    environment.extend(options.environment.clone());
    environment
}

fn passed_on(names: &[&str]) -> IndexMap<String, String> {
    names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect()
}

/// The local services ask for a signature and don't verify it.
fn local_credentials() -> impl Iterator<Item = (String, String)> {
    [
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn endpoints(endpoints: &Endpoints, aws: Option<&String>) -> Vec<(String, String)> {
    let messages = match &endpoints.messages {
        MessageTarget::Endpoint(url) => Some(url),
        MessageTarget::Default | MessageTarget::Aws => None,
    };
    let urls = [
        ("AWS_ENDPOINT_URL", aws),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoints.dynamodb.as_ref()),
        (
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            endpoints.secrets_manager.as_ref(),
        ),
        ("AWS_ENDPOINT_URL_SES", messages),
        ("AWS_ENDPOINT_URL_SNS", messages),
        (
            "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI",
            endpoints.management.as_ref(),
        ),
    ];
    urls.into_iter()
        .filter_map(|(name, url)| Some((name.to_owned(), url?.clone())))
        .collect()
}
