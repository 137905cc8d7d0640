//! Functions that something else runs, invoked through its Lambda API: AWS's own, or that of an emulator at a URL.
//!
//! It must not run a function itself.

use async_trait::async_trait;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Region};
use aws_sdk_lambda::error::{DisplayErrorContext, SdkError};
use aws_sdk_lambda::operation::invoke::{InvokeError as SdkInvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use bytes::Bytes;
use emulator_runtime::{Invoke, InvokeError};
use emulator_template::REGION;
use indexmap::IndexMap;
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// Why the functions of a stack can't be invoked.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    /// Lambda was not reached, or refused.
    #[error(
        "the Lambda API at {endpoint} does not list its functions: {reason}. Is the URL right, and are AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY set (to anything, for most emulators)?"
    )]
    List {
        /// Its URL.
        endpoint: String,
        /// What the client says.
        reason: String,
    },
    /// The stack lacks functions.
    #[error(
        "the Lambda API at {endpoint} has no function of the stack {stack} for {}: is the template deployed there, under that name?",
        missing.join(", ")
    )]
    Missing {
        /// Its URL.
        endpoint: String,
        /// The stack's name.
        stack: String,
        /// Logical ids.
        missing: Vec<String>,
    },
    /// Several functions may be meant.
    #[error(
        "{function} of the stack {stack} may be {}: delete what is left of an older stack",
        names.join(" or ")
    )]
    Ambiguous {
        /// The logical id.
        function: String,
        /// The stack's name.
        stack: String,
        /// What the functions are called.
        names: Vec<String>,
    },
}

/// The functions of a CloudFormation stack, invoked through the Lambda API.
pub struct DeployedFunctions {
    client: Client,
    /// Names by logical id.
    names: IndexMap<String, String>,
}

impl DeployedFunctions {
    /// Finds out what these functions (logical ids) of a stack are called. CloudFormation calls a function without a name of its own
    /// `stack-LogicalId-` and a random suffix:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html>.
    ///
    /// Credentials and region are those that the AWS CLI would use here.
    ///
    /// # Errors
    /// If the API does not answer, or does not have them all.
    pub async fn find<'a>(
        endpoint: &str,
        stack: &str,
        functions: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, LambdaError> {
        let client = client(endpoint).await;
        let listed = client.list_functions().into_paginator().items().send();
        let listed = listed.collect::<Result<Vec<_>, _>>().await;
        let listed = listed.map_err(|error| LambdaError::List {
            endpoint: endpoint.to_owned(),
            reason: DisplayErrorContext(&error).to_string(),
        })?;
        let deployed = listed
            .into_iter()
            .filter_map(|function| function.function_name);
        let deployed: Vec<String> = deployed.collect();
        let names = names_of(endpoint, stack, functions, &deployed)?;
        Ok(Self { client, names })
    }

    /// What each is called, by logical id.
    #[must_use]
    pub fn names(&self) -> &IndexMap<String, String> {
        &self.names
    }
}

async fn client(endpoint: &str) -> Client {
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(Region::new(REGION));
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .endpoint_url(endpoint)
        // Whoever invokes decides what is tried again, and when.
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    Client::new(&config)
}

fn names_of<'a>(
    endpoint: &str,
    stack: &str,
    functions: impl IntoIterator<Item = &'a str>,
    deployed: &[String],
) -> Result<IndexMap<String, String>, LambdaError> {
    let (mut names, mut missing) = (IndexMap::new(), Vec::new());
    for function in functions {
        let prefix = format!("{stack}-{function}-");
        let is_its = |name: &&String| {
            let suffix = name.strip_prefix(&prefix);
            suffix.is_some_and(|suffix| !suffix.is_empty() && !suffix.contains('-'))
        };
        let found: Vec<&String> = deployed.iter().filter(is_its).collect();
        match found[..] {
            [] => missing.push(function.to_owned()),
            [name] => drop(names.insert(function.to_owned(), name.clone())),
            _ => {
                return Err(LambdaError::Ambiguous {
                    function: function.to_owned(),
                    stack: stack.to_owned(),
                    names: found.into_iter().cloned().collect(),
                });
            }
        }
    }
    if missing.is_empty() {
        return Ok(names);
    }
    Err(LambdaError::Missing {
        endpoint: endpoint.to_owned(),
        stack: stack.to_owned(),
        missing,
    })
}

#[async_trait]
impl Invoke for DeployedFunctions {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let unavailable = |reason: String| InvokeError::Unavailable {
            function: function.to_owned(),
            reason,
        };
        let name = self.names.get(function);
        let name = name.ok_or_else(|| unavailable("it is not known what it is called".into()))?;
        let invocation = self.client.invoke().function_name(name);
        match invocation.payload(Blob::new(event)).send().await {
            Ok(output) => answer(function, output),
            Err(error) if is_throttled(&error) => Err(InvokeError::Throttled(function.to_owned())),
            Err(error) => Err(unavailable(DisplayErrorContext(&error).to_string())),
        }
    }
}

fn is_throttled<R>(error: &SdkError<SdkInvokeError, R>) -> bool {
    let error = error.as_service_error();
    error.is_some_and(SdkInvokeError::is_too_many_requests_exception)
}

/// What a function says of its failure:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html>.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Failure {
    error_type: Option<String>,
    error_message: Option<String>,
}

fn answer(function: &str, output: InvokeOutput) -> Result<Bytes, InvokeError> {
    let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
    let Some(kind) = output.function_error else {
        return Ok(payload.into());
    };
    let failure: Failure = serde_json::from_slice(&payload).unwrap_or_default();
    Err(InvokeError::Failed {
        function: function.to_owned(),
        error_type: failure.error_type.unwrap_or(kind),
        message: failure
            .error_message
            .unwrap_or_else(|| String::from_utf8_lossy(&payload).into_owned()),
    })
}
