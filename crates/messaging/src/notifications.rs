//! The client of the notification service: gRPC, with a deadline for each call and retries within a budget.

mod call_error;
mod convert;

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use app::notifications::{Notification, NotificationError, Recipient, SendNotification};
use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable as _};
use notification_proto::v1;
use notification_proto::v1::notification_service_client::NotificationServiceClient;
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use call_error::CallError;

/// Connecting within one network takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// What one attempt may take: the service asks a provider, which answers in a fraction of this.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// While a call is under way the connection is checked so often, and given up if no answer comes for as long:
/// one that died while the function was frozen is noticed within an attempt.
const KEEP_ALIVE: Duration = Duration::from_millis(500);
/// The pause before the first retry, which doubles with each, up to the longest; all with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Where the notification service is: an http URL, as it lies in the same private network as its callers.
#[derive(Debug, Clone)]
pub struct NotificationEndpoint(Endpoint);

/// Why something is not a [`NotificationEndpoint`].
#[derive(Debug, Clone, thiserror::Error)]
#[error("not the http URL of a host and port, such as http://notification.internal:8002")]
pub struct InvalidNotificationEndpoint;

impl FromStr for NotificationEndpoint {
    type Err = InvalidNotificationEndpoint;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let endpoint =
            Endpoint::from_shared(url.to_owned()).map_err(|_| InvalidNotificationEndpoint)?;
        let uri = endpoint.uri();
        if uri.scheme_str() != Some("http") || uri.path() != "/" || uri.query().is_some() {
            return Err(InvalidNotificationEndpoint);
        }
        Ok(Self(
            endpoint
                .connect_timeout(CONNECT_TIMEOUT)
                .http2_keep_alive_interval(KEEP_ALIVE)
                .keep_alive_timeout(KEEP_ALIVE),
        ))
    }
}

/// The token can't go into a header.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the first line must be a token of visible ASCII characters")]
pub struct InvalidToken;

/// Sends notifications through the service. Made once, used by everything concurrently.
pub struct NotificationClient {
    service: NotificationServiceClient<Channel>,
    authorization: MetadataValue<Ascii>,
}

impl NotificationClient {
    /// A client that connects when it is first used. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// If the token is none.
    pub fn new(endpoint: &NotificationEndpoint, token: &str) -> Result<Self, InvalidToken> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidToken);
        }
        let mut authorization =
            MetadataValue::try_from(format!("Bearer {token}")).map_err(|_| InvalidToken)?;
        authorization.set_sensitive(true);
        Ok(Self {
            service: NotificationServiceClient::new(endpoint.0.connect_lazy()),
            authorization,
        })
    }

    async fn attempt(
        &self,
        notification: &Notification,
        deadline: Instant,
    ) -> Result<(), CallError> {
        let idempotency_key = notification.idempotency_key.clone();
        let content = Some(convert::content(&notification.content));
        let mut service = self.service.clone();
        match &notification.recipient {
            Recipient::Email(email) => {
                let message = v1::SendEmailNotificationRequest {
                    idempotency_key,
                    recipient: email.to_string(),
                    content,
                };
                let (request, timeout) = self.request(message, deadline);
                within(timeout, service.send_email_notification(request)).await
            }
            Recipient::Sms(phone) => {
                let message = v1::SendSmsNotificationRequest {
                    idempotency_key,
                    recipient: phone.to_string(),
                    content,
                };
                let (request, timeout) = self.request(message, deadline);
                within(timeout, service.send_sms_notification(request)).await
            }
        }
    }

    /// A request that the service need not answer after the time that it is given.
    fn request<M>(&self, message: M, deadline: Instant) -> (Request<M>, Duration) {
        let timeout = deadline
            .saturating_duration_since(Instant::now())
            .min(ATTEMPT_TIMEOUT);
        let mut request = Request::new(message);
        request.set_timeout(timeout);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.authorization.clone());
        (request, timeout)
    }
}

async fn within<T>(
    timeout: Duration,
    call: impl Future<Output = Result<T, Status>>,
) -> Result<(), CallError> {
    match tokio::time::timeout(timeout, call).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(status)) => Err(CallError::of(status)),
        Err(_) => Err(CallError::no_answer(timeout)),
    }
}

#[async_trait]
impl SendNotification for NotificationClient {
    async fn send(
        &self,
        notification: &Notification,
        budget: Duration,
    ) -> Result<(), NotificationError> {
        let deadline = Instant::now() + budget;
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_jitter()
            .without_max_times();
        (|| self.attempt(notification, deadline))
            .retry(pauses)
            .sleep(tokio::time::sleep)
            .when(CallError::may_pass)
            .adjust(|error, pause| {
                let pause = error.retry_after().or(pause)?;
                (Instant::now() + pause < deadline).then_some(pause)
            })
            .notify(|error, _| {
                let (key, error) = (&notification.idempotency_key, app::Causes(error));
                tracing::debug!(key, %error, "a call of the notification service failed, retrying");
            })
            .await
            .map_err(NotificationError::from)
    }
}

impl fmt::Debug for NotificationClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotificationClient").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
