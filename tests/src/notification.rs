use anyhow::Result;
use notification_proto::v1::notification_service_client::NotificationServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::Stack;

/// A client of the notification service that presents its token.
pub type NotificationClient = NotificationServiceClient<InterceptedService<Channel, Bearer>>;

/// Presents a token with each call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    /// Presents this token.
    ///
    /// # Errors
    /// If it can't be sent as metadata.
    pub fn new(token: &str) -> Result<Self> {
        Ok(Self(format!("Bearer {token}").parse()?))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A channel to the stack's notification service. It connects again whenever the service has been away.
///
/// # Errors
/// If the status does not name the service.
pub async fn channel(stack: &Stack) -> Result<Channel> {
    let address = stack.service_address("notification").await?;
    Ok(Endpoint::from_shared(format!("http://{address}"))?.connect_lazy())
}

/// A client with the token that the stack has generated.
///
/// # Errors
/// If the status does not name the service, or the token can't be read.
pub async fn notification_client(stack: &Stack) -> Result<NotificationClient> {
    let bearer = Bearer::new(&stack.notification_token()?)?;
    Ok(NotificationServiceClient::with_interceptor(
        channel(stack).await?,
        bearer,
    ))
}
