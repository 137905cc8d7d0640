//! The client against a server of the same contract.

mod server;

use std::sync::Arc;

use app::notifications::Content;
use domain::Price;
use domain::user::{Email, Phone};
use tokio::net::TcpListener;
use tonic::Code;
use tonic_types::{ErrorDetails, StatusExt as _};

use super::*;
use server::{Act, Server, Service, TOKEN, client};

fn script(acts: Vec<Act>) -> Service {
    let service = Service::default();
    service.0.lock().unwrap().acts = acts;
    service
}

fn welcome() -> Notification {
    Notification {
        idempotency_key: "welcome#1".to_owned(),
        recipient: Recipient::Email(Email::parse("ada@example.com").unwrap()),
        content: Content::Welcome {
            opening_price: Price::parse("104.20").unwrap(),
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
async fn who_is_told_decides_how() {
    let service = Service::default();
    let client = Server::start(&service).await.client();
    client.send(&welcome(), AMPLE).await.unwrap();
    let text = Notification {
        idempotency_key: "alert#1#2".to_owned(),
        recipient: Recipient::Sms(Phone::parse("+4930901820").unwrap()),
        ..welcome()
    };
    client.send(&text, AMPLE).await.unwrap();

    let script = service.0.lock().unwrap();
    let (email, text) = (&script.emails[0], &script.texts[0]);
    assert_eq!(
        (&*email.idempotency_key, &*email.recipient),
        ("welcome#1", "ada@example.com")
    );
    assert_eq!(
        (&*text.idempotency_key, &*text.recipient),
        ("alert#1#2", "+4930901820")
    );
    assert_eq!(email.content, Some(convert::content(&welcome().content)));
    assert_eq!(text.content, email.content);
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
