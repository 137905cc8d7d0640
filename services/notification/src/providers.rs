//! SES and SNS.

use std::time::Duration;

use app::Causes;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ses::types::{Body, Content, Destination, Message, MessageTag};
use aws_sdk_sns::types::MessageAttributeValue;
use domain::user::{Email, Phone};

use crate::content::Mail;
use crate::notification::Key;
use crate::ports::{DeliveryError, SendEmail, SendText};

/// The first attempt and four retries where a provider throttles or fails, each after a random pause of up to
/// `FIRST_PAUSE`, then twice that, and so on.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// One attempt; all of them together have [`crate::ports::SENDING`].
const ATTEMPT: Duration = Duration::from_secs(2);
/// The tag that carries the notification's key, as a digest.
const TAG: &str = "notification";

/// Codes that speak of the message, not of the provider or of our account.
const REFUSALS: &[&str] = &[
    "InvalidParameter",
    "InvalidParameterValue",
    "MessageRejected",
    "ParameterValueInvalid",
    "ValidationError",
    "ValidationException",
];

/// The configuration of the providers' clients.
fn provider_config(aws: &SdkConfig) -> SdkConfig {
    let retry = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE);
    aws.to_builder()
        .retry_config(retry)
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(1))
                .operation_attempt_timeout(ATTEMPT)
                .build(),
        )
        .build()
}

/// Email through SES.
#[derive(Debug)]
pub struct SesMailer {
    client: aws_sdk_ses::Client,
    source: String,
}

impl SesMailer {
    /// A mailer whose mails come from this address.
    #[must_use]
    pub fn new(aws: &SdkConfig, sender: &Email) -> Self {
        Self {
            client: aws_sdk_ses::Client::new(&provider_config(aws)),
            source: format!("Fastfusion <{sender}>"),
        }
    }
}

#[async_trait]
impl SendEmail for SesMailer {
    async fn send_email(
        &self,
        key: &Key,
        to: &Email,
        mail: &Mail,
    ) -> Result<String, DeliveryError> {
        let part = |text: &str| {
            Content::builder()
                .charset("UTF-8")
                .data(text)
                .build()
                .expect("BUG: the data is set")
        };
        let body = Body::builder()
            .text(part(&mail.text))
            .html(part(&mail.html))
            .build();
        let message = Message::builder()
            .subject(part(&mail.subject))
            .body(body)
            .build();
        let tag = MessageTag::builder()
            .name(TAG)
            .value(key.tag())
            .build()
            .expect("BUG: name and value are set");
        let sent = self
            .client
            .send_email()
            .source(&self.source)
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .message(message)
            .tags(tag)
            .send()
            .await;
        match sent {
            Ok(output) => Ok(output.message_id),
            Err(error) => Err(delivery_error(&error)),
        }
    }
}

/// Text messages through SNS.
#[derive(Debug)]
pub struct SnsTexter {
    client: aws_sdk_sns::Client,
}

impl SnsTexter {
    /// A texter.
    #[must_use]
    pub fn new(aws: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_sns::Client::new(&provider_config(aws)),
        }
    }
}

#[async_trait]
impl SendText for SnsTexter {
    async fn send_text(&self, key: &Key, to: &Phone, text: &str) -> Result<String, DeliveryError> {
        let attribute = |value: &str| {
            MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()
                .expect("BUG: the type is set")
        };
        let sent = self
            .client
            .publish()
            .phone_number(to.as_str())
            .message(text)
            .message_attributes("AWS.SNS.SMS.SMSType", attribute("Transactional"))
            .message_attributes(TAG, attribute(&key.tag()))
            .send()
            .await;
        match sent {
            Ok(output) => Ok(output.message_id.unwrap_or_default()),
            Err(error) => Err(delivery_error(&error)),
        }
    }
}

/// A provider's own words often quote the recipient: only its code goes on.
fn delivery_error<E, R>(error: &SdkError<E, R>) -> DeliveryError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let SdkError::ServiceError(service) = error else {
        return DeliveryError::Unavailable(Causes(error).to_string());
    };
    let code = service.err().code().unwrap_or("an answer without a code");
    if REFUSALS.contains(&code) {
        DeliveryError::Refused(code.to_owned())
    } else {
        DeliveryError::Unavailable(code.to_owned())
    }
}
