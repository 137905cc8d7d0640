use std::sync::{Arc, Mutex};

use notification_proto::v1::notification_service_server::{
    NotificationService, NotificationServiceServer,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Response;

use super::super::*;

pub(super) const TOKEN: &str = "a-token-of-thirty-two-characters";

/// What the server does with a call.
pub(super) enum Act {
    Accept,
    Answer(Status),
    /// Never answers.
    Hang,
}

/// A server that acts as told, in order, and accepts when it was told no more.
#[derive(Clone, Default)]
pub(super) struct Service(pub(super) Arc<Mutex<Script>>);

#[derive(Default)]
pub(super) struct Script {
    pub(super) acts: Vec<Act>,
    pub(super) emails: Vec<v1::SendEmailNotificationRequest>,
    pub(super) texts: Vec<v1::SendSmsNotificationRequest>,
    /// The deadlines that came with the calls.
    pub(super) timeouts: Vec<String>,
}

impl Service {
    async fn act<M>(&self, request: &Request<M>) -> Result<(), Status> {
        let header = |name| {
            request
                .metadata()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(header("authorization"), Some(&*format!("Bearer {TOKEN}")));
        let act = {
            let mut script = self.0.lock().unwrap();
            let timeout = header("grpc-timeout").unwrap_or_default().to_owned();
            script.timeouts.push(timeout);
            if script.acts.is_empty() {
                Act::Accept
            } else {
                script.acts.remove(0)
            }
        };
        match act {
            Act::Accept => Ok(()),
            Act::Answer(status) => Err(status),
            Act::Hang => std::future::pending().await,
        }
    }

    pub(super) fn calls(&self) -> usize {
        self.0.lock().unwrap().timeouts.len()
    }
}

#[async_trait]
impl NotificationService for Service {
    async fn send_email_notification(
        &self,
        request: Request<v1::SendEmailNotificationRequest>,
    ) -> Result<Response<v1::SendEmailNotificationResponse>, Status> {
        self.act(&request).await?;
        self.0.lock().unwrap().emails.push(request.into_inner());
        Ok(Response::new(Default::default()))
    }

    async fn send_sms_notification(
        &self,
        request: Request<v1::SendSmsNotificationRequest>,
    ) -> Result<Response<v1::SendSmsNotificationResponse>, Status> {
        self.act(&request).await?;
        self.0.lock().unwrap().texts.push(request.into_inner());
        Ok(Response::new(Default::default()))
    }

    async fn get_notification(
        &self,
        _: Request<v1::GetNotificationRequest>,
    ) -> Result<Response<v1::GetNotificationResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
}

/// A running server, whose connections end when it does.
pub(super) struct Server {
    pub(super) address: std::net::SocketAddr,
    pub(super) task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(service: &Service) -> Self {
        Self::start_at(service, "127.0.0.1:0".parse().unwrap()).await
    }

    pub(super) async fn start_at(service: &Service, address: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = NotificationServiceServer::new(service.clone());
        let serving = tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, task }
    }

    pub(super) fn client(&self) -> NotificationClient {
        client(&format!("http://{}", self.address))
    }
}

pub(super) fn client(url: &str) -> NotificationClient {
    NotificationClient::new(&url.parse().unwrap(), TOKEN).unwrap()
}
