//! The client against a server of the same contract.

use std::sync::{Arc, Mutex};

use app::notifications::Content;
use domain::alert::{Condition, Crossed, Crossing};
use domain::user::{Email, Name, Phone};
use domain::{Price, Snapshot, SnapshotId, Tick, UserId};
use notification_proto::v1::content::Template;
use notification_proto::v1::notification_service_server::{
    NotificationService, NotificationServiceServer,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Response};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::*;

const TOKEN: &str = "a-token-of-thirty-two-characters";

/// What the server does with a call.
enum Act {
    Accept,
    Answer(Status),
    /// Never answers.
    Hang,
}

/// A server that acts as told, in order, and accepts when it was told no more.
#[derive(Clone, Default)]
struct Service(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    acts: Vec<Act>,
    emails: Vec<v1::SendEmailNotificationRequest>,
    texts: Vec<v1::SendSmsNotificationRequest>,
    /// The deadlines that came with the calls.
    timeouts: Vec<String>,
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

    fn calls(&self) -> usize {
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
struct Server {
    address: std::net::SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(service: &Service) -> Self {
        Self::start_at(service, "127.0.0.1:0".parse().unwrap()).await
    }

    async fn start_at(service: &Service, address: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = NotificationServiceServer::new(service.clone());
        let serving = tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, task }
    }

    fn client(&self) -> NotificationClient {
        client(&format!("http://{}", self.address))
    }
}

fn client(url: &str) -> NotificationClient {
    NotificationClient::new(&url.parse().unwrap(), TOKEN).unwrap()
}

fn script(acts: Vec<Act>) -> Service {
    let service = Service::default();
    service.0.lock().unwrap().acts = acts;
    service
}

fn name() -> Name {
    Name::parse("Ada").unwrap()
}

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

fn welcome() -> Notification {
    Notification {
        idempotency_key: "welcome#1".to_owned(),
        recipient: Recipient::Email(Email::parse("ada@example.com").unwrap()),
        content: Content::Welcome {
            name: name(),
            opening_price: price("104.20"),
        },
    }
}

fn with_retry_info(code: Code, after: Duration) -> Act {
    let details = ErrorDetails::with_retry_info(Some(after));
    Act::Answer(Status::with_error_details(code, "later", details))
}

/// Enough for everything that shall be tried, however slow the machine.
const AMPLE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn every_content_is_sent_in_the_words_of_the_contract() {
    let service = Service::default();
    let client = Server::start(&service).await.client();
    client.send(&welcome(), AMPLE).await.unwrap();
    let snapshot = Snapshot {
        id: SnapshotId::generate(1_767_225_600_123, &[2; 10]),
        user_id: UserId::generate(0, &[1; 10]),
        price: price("101.20"),
    };
    let saved = Notification {
        content: Content::SnapshotSaved {
            name: name(),
            snapshot,
        },
        ..welcome()
    };
    client.send(&saved, AMPLE).await.unwrap();
    let alert = Notification {
        idempotency_key: "alert#1#2".to_owned(),
        recipient: Recipient::Sms(Phone::parse("+4930901820").unwrap()),
        content: Content::PriceAlert {
            name: name(),
            condition: Condition {
                crossing: Crossing::Below,
                threshold: price("100.00"),
            },
            crossed: Crossed {
                tick: Tick(353_445_121),
                price: price("99.98"),
            },
        },
    };
    client.send(&alert, AMPLE).await.unwrap();

    let script = service.0.lock().unwrap();
    let template = |content: &Option<v1::Content>| content.clone().unwrap().template.unwrap();
    let email = &script.emails[0];
    assert_eq!(email.idempotency_key, "welcome#1");
    assert_eq!(email.recipient, "ada@example.com");
    let expected = v1::Welcome {
        name: "Ada".to_owned(),
        opening_price: "104.20".to_owned(),
    };
    assert_eq!(template(&email.content), Template::Welcome(expected));
    let expected = v1::SnapshotSaved {
        name: "Ada".to_owned(),
        snapshot_id: snapshot.id.to_string(),
        price: "101.20".to_owned(),
        price_time: Some(prost_types::Timestamp {
            seconds: 1_767_225_600,
            nanos: 123_000_000,
        }),
    };
    let email = &script.emails[1];
    assert_eq!(template(&email.content), Template::SnapshotSaved(expected));
    let text = &script.texts[0];
    assert_eq!(
        (&*text.idempotency_key, &*text.recipient),
        ("alert#1#2", "+4930901820")
    );
    let expected = v1::PriceAlert {
        name: "Ada".to_owned(),
        crossing: v1::Crossing::Below.into(),
        threshold: "100.00".to_owned(),
        price: "99.98".to_owned(),
        price_time: Some(prost_types::Timestamp {
            seconds: 1_767_225_605,
            nanos: 0,
        }),
    };
    assert_eq!(template(&text.content), Template::PriceAlert(expected));
}

#[tokio::test]
async fn faults_that_pass_are_retried_and_each_call_has_a_deadline() {
    let answer = |code| Act::Answer(Status::new(code, "try again"));
    let service = script(vec![
        answer(Code::Unavailable),
        answer(Code::DeadlineExceeded),
        with_retry_info(Code::Aborted, Duration::from_millis(1)),
        answer(Code::Internal),
    ]);
    let client = Server::start(&service).await.client();
    client.send(&welcome(), AMPLE).await.unwrap();
    let script = service.0.lock().unwrap();
    assert_eq!((script.timeouts.len(), script.emails.len()), (5, 1));
    assert!(script.timeouts.iter().all(|timeout| !timeout.is_empty()));
}

#[tokio::test]
async fn a_call_that_is_not_answered_is_given_up_and_made_again() {
    let service = script(vec![Act::Hang]);
    let client = Server::start(&service).await.client();
    client.send(&welcome(), AMPLE).await.unwrap();
    assert_eq!(service.calls(), 2);
}

#[tokio::test]
async fn what_will_not_pass_is_told_at_once() {
    for (code, refused) in [
        (Code::InvalidArgument, true),
        (Code::FailedPrecondition, true),
        (Code::AlreadyExists, true),
        (Code::Unauthenticated, false),
        (Code::Unimplemented, false),
    ] {
        let service = script(vec![Act::Answer(Status::new(code, "no"))]);
        let client = Server::start(&service).await.client();
        let error = client.send(&welcome(), AMPLE).await.unwrap_err();
        match error {
            NotificationError::Refused(_) => assert!(refused, "{code:?}"),
            NotificationError::Unavailable(_) => assert!(!refused, "{code:?}"),
            other => panic!("{code:?}: {other}"),
        }
        assert_eq!(service.calls(), 1, "{code:?}");
    }
}

#[tokio::test]
async fn a_limit_is_told_with_its_end() {
    let hour = Duration::from_secs(3600);
    let service = script(vec![with_retry_info(Code::ResourceExhausted, hour)]);
    let client = Server::start(&service).await.client();
    let error = client.send(&welcome(), AMPLE).await.unwrap_err();
    let NotificationError::RateLimited { retry_after } = error else {
        panic!("{error}")
    };
    assert_eq!((retry_after, service.calls()), (hour, 1));
}

#[tokio::test]
async fn what_outlasts_the_budget_is_told_as_what_it_is() {
    let long = Duration::from_secs(600);
    let service = script(vec![with_retry_info(Code::Aborted, long)]);
    let client = Server::start(&service).await.client();
    let error = client.send(&welcome(), AMPLE).await.unwrap_err();
    assert!(matches!(error, NotificationError::InProgress { retry_after } if retry_after == long));

    let failing = (0..1000).map(|_| Act::Answer(Status::internal("oh")));
    let service = script(failing.collect());
    let client = Server::start(&service).await.client();
    let short = Duration::from_millis(500);
    let error = client.send(&welcome(), short).await.unwrap_err();
    assert!(
        matches!(
            error,
            NotificationError::Failed(_) | NotificationError::Unavailable(_)
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable_and_found_when_it_is_back() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let client = client(&format!("http://{address}"));
    let error = client.send(&welcome(), Duration::from_millis(200)).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, NotificationError::Unavailable(_)),
        "{error}"
    );

    let service = Service::default();
    let server = Server::start_at(&service, address).await;
    client.send(&welcome(), AMPLE).await.unwrap();
    assert_eq!(server.address, address);
}

#[tokio::test]
async fn a_service_that_dies_in_the_middle_of_a_call_is_asked_again_when_it_is_back() {
    let service = script(vec![Act::Hang]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // A proxy that can cut connections, as the death of a process does.
    let server = Server::start(&service).await;
    let upstream = server.address;
    let proxy = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(upstream).await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
    });
    let client = Arc::new(client(&format!("http://{address}")));
    let sending = tokio::spawn({
        let client = Arc::clone(&client);
        async move { client.send(&welcome(), AMPLE).await }
    });
    while service.calls() == 0 {
        tokio::task::yield_now().await;
    }
    proxy.abort();
    assert!(proxy.await.unwrap_err().is_cancelled());
    let revived = Server::start_at(&service, address).await;
    sending.await.unwrap().unwrap();
    assert_eq!(service.0.lock().unwrap().emails.len(), 1);
    revived.task.abort();
    server.task.abort();
}

#[test]
fn only_http_urls_of_a_host_are_endpoints() {
    for url in ["http://notification.internal:8002", "http://127.0.0.1:1/"] {
        assert!(url.parse::<NotificationEndpoint>().is_ok(), "{url}");
    }
    for url in [
        "",
        "https://there:8002",
        "there:8002",
        "http://there/path",
        "http://there?q",
    ] {
        assert!(url.parse::<NotificationEndpoint>().is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_token_that_can_not_be_sent_is_refused_and_never_shown() {
    let endpoint: NotificationEndpoint = "http://127.0.0.1:1".parse().unwrap();
    for token in ["", "a token", "tök"] {
        assert!(
            NotificationClient::new(&endpoint, token).is_err(),
            "{token}"
        );
    }
    let client = NotificationClient::new(&endpoint, TOKEN).unwrap();
    assert!(!format!("{client:?}").contains(TOKEN));
}
