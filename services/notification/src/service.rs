//! The calls: decode, one use case, encode.

use std::future::Future;
use std::sync::Arc;

use notification_proto::v1;
use notification_proto::v1::notification_service_server::NotificationService;
use prost_types::Timestamp;
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status};

use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::notification::{Channel, Order, Record, State};
use crate::notify::Notifier;
use crate::request;

/// The service of the contract.
pub(crate) struct Service {
    pub(crate) notifier: Arc<Notifier>,
    /// What was accepted is finished here, though the caller hangs up or the server stops.
    pub(crate) accepted: TaskTracker,
}

#[tonic::async_trait]
impl NotificationService for Service {
    async fn send_email_notification(
        &self,
        request: Request<v1::SendEmailNotificationRequest>,
    ) -> Result<Response<v1::SendEmailNotificationResponse>, Status> {
        let deadline = Deadline::of(request.metadata());
        let order = request::email_order(request.get_ref())?;
        let notification = Some(self.send(order, deadline).await?);
        Ok(Response::new(v1::SendEmailNotificationResponse {
            notification,
        }))
    }

    async fn send_sms_notification(
        &self,
        request: Request<v1::SendSmsNotificationRequest>,
    ) -> Result<Response<v1::SendSmsNotificationResponse>, Status> {
        let deadline = Deadline::of(request.metadata());
        let order = request::sms_order(request.get_ref())?;
        let notification = Some(self.send(order, deadline).await?);
        Ok(Response::new(v1::SendSmsNotificationResponse {
            notification,
        }))
    }

    async fn get_notification(
        &self,
        request: Request<v1::GetNotificationRequest>,
    ) -> Result<Response<v1::GetNotificationResponse>, Status> {
        let deadline = Deadline::of(request.metadata());
        let key = request::key(request.get_ref())?;
        let record = within(deadline, self.notifier.find(&key)).await?;
        Ok(Response::new(v1::GetNotificationResponse {
            notification: Some(to_wire(record)),
        }))
    }
}

impl Service {
    async fn send(&self, order: Order, deadline: Option<Deadline>) -> Result<v1::Notification> {
        let notifier = self.notifier.clone();
        let sending = self
            .accepted
            .spawn(async move { notifier.send(&order, deadline).await });
        let sent = async move {
            sending.await.unwrap_or_else(|error| {
                Err(Error::Internal {
                    what: "sending a notification",
                    source: Box::new(error),
                })
            })
        };
        within(deadline, sent).await.map(to_wire)
    }
}

async fn within<T>(deadline: Option<Deadline>, work: impl Future<Output = Result<T>>) -> Result<T> {
    match deadline {
        None => work.await,
        Some(deadline) => tokio::time::timeout_at(deadline.at(), work)
            .await
            .unwrap_or(Err(Error::DeadlinePassed)),
    }
}

fn to_wire(record: Record) -> v1::Notification {
    let (state, send_time, provider_message_id) = match record.state {
        State::Pending => (v1::State::Pending, None, String::new()),
        State::Sent { at_ms, message_id } => (v1::State::Sent, Some(timestamp(at_ms)), message_id),
        State::Refused => (v1::State::Refused, None, String::new()),
    };
    let channel = match record.channel {
        Channel::Email => v1::Channel::Email,
        Channel::Sms => v1::Channel::Sms,
    };
    v1::Notification {
        idempotency_key: record.key.as_str().to_owned(),
        channel: channel.into(),
        state: state.into(),
        create_time: Some(timestamp(record.created_ms)),
        send_time,
        provider_message_id,
    }
}

fn timestamp(ms: u64) -> Timestamp {
    Timestamp {
        seconds: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
        nanos: i32::try_from(ms % 1000).expect("BUG: below 1000") * 1_000_000,
    }
}
