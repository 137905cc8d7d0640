//! The environment of a function's or service's process: what AWS and the template give it, and nothing that
//! the emulator happens to have.

use indexmap::IndexMap;

use super::PoolOptions;
use crate::model::{Function, LISTEN_ADDRESS, Service};
use crate::template::REGION;

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

/// Addresses of what stands in for AWS services. What is `None` is left to the SDK.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// DynamoDB.
    pub dynamodb: Option<String>,
    /// Secrets Manager.
    pub secrets_manager: Option<String>,
    /// SES and SNS.
    pub messages: Messages,
    /// `@connections` of the WebSocket API, stage included.
    pub management: Option<String>,
    /// Every other service.
    pub aws: Option<String>,
}

/// Where emails and text messages go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Messages {
    /// Where every other service is.
    #[default]
    Elsewhere,
    /// To the SES and SNS at this URL.
    At(String),
    /// To those of AWS, for services, with the credentials of whoever started the emulator.
    Aws,
}

/// The environment of one function, but for `AWS_LAMBDA_RUNTIME_API`.
pub(super) fn of(function: &Function, options: &PoolOptions) -> IndexMap<String, String> {
    let mut environment = passed_on(&PASSED_ON);
    environment.extend(stand_in_credentials());
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
pub(super) fn of_service(
    service: &Service,
    address: &str,
    options: &PoolOptions,
) -> IndexMap<String, String> {
    let mut environment = passed_on(&PASSED_ON);
    let aws = if options.endpoints.messages == Messages::Aws {
        environment.extend(passed_on(&CREDENTIALS));
        None
    } else {
        environment.extend(stand_in_credentials());
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

/// The stand-ins ask for a signature and don't look at it.
fn stand_in_credentials() -> impl Iterator<Item = (String, String)> {
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
        Messages::At(url) => Some(url),
        Messages::Elsewhere | Messages::Aws => None,
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn environment(messages: Messages, aws: Option<&str>) -> IndexMap<String, String> {
        let options = PoolOptions {
            bin_dir: "bin".into(),
            environment: [("EXTRA".to_owned(), "command line".to_owned())].into(),
            endpoints: Endpoints {
                dynamodb: Some("http://dynamodb".to_owned()),
                messages,
                aws: aws.map(str::to_owned),
                ..Endpoints::default()
            },
            idle: Duration::ZERO,
            init: Duration::ZERO,
            executable: None,
        };
        let own = [("EXTRA", "template"), (LISTEN_ADDRESS, "0.0.0.0:8002")];
        let service = Service {
            name: "mail".to_owned(),
            port: 8002,
            environment: own.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            health_check: Vec::new(),
        };
        of_service(&service, "127.0.0.1:1", &options)
    }

    #[test]
    fn a_service_listens_where_it_is_told_and_the_command_line_wins() {
        let environment = environment(Messages::At("http://outbox".to_owned()), None);
        assert_eq!(environment[LISTEN_ADDRESS], "127.0.0.1:1");
        assert_eq!(environment["EXTRA"], "command line");
        assert_eq!(environment["AWS_ENDPOINT_URL_SES"], "http://outbox");
        assert_eq!(environment["AWS_ENDPOINT_URL_SNS"], "http://outbox");
        assert_eq!(environment["AWS_ENDPOINT_URL_DYNAMODB"], "http://dynamodb");
        assert_eq!(environment["AWS_ACCESS_KEY_ID"], "local");
    }

    #[test]
    fn messages_go_where_everything_goes_unless_they_really_go_out() {
        let all = environment(Messages::Elsewhere, Some("http://localstack"));
        assert_eq!(all["AWS_ENDPOINT_URL"], "http://localstack");
        assert!(!all.contains_key("AWS_ENDPOINT_URL_SES"));

        let real = environment(Messages::Aws, Some("http://localstack"));
        let kept = real
            .keys()
            .any(|name| name.ends_with("_URL") || name.ends_with("_SES"));
        assert!(!kept, "{real:?}");
        assert_ne!(
            real.get("AWS_ACCESS_KEY_ID").map(String::as_str),
            Some("local")
        );
    }
}
