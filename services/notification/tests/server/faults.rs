//! Providers that throttle, refuse or take their time, callers that don't wait, and a server that stops.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use notification_proto::v1;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::stage::{Stage, email};

/// A provider that answers as a script says, then takes everything.
#[derive(Clone)]
struct Provider {
    errors: Arc<Mutex<VecDeque<&'static str>>>,
    requests: Arc<Semaphore>,
    answers: Arc<Semaphore>,
}

impl Provider {
    async fn start(errors: &[&'static str]) -> (Self, String) {
        let provider = Self {
            errors: Arc::new(Mutex::new(errors.iter().copied().collect())),
            requests: Arc::new(Semaphore::new(0)),
            answers: Arc::new(Semaphore::new(1000)),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answering = provider.clone();
        let answer = post(move || {
            let provider = answering.clone();
            async move { provider.answer().await }
        });
        let router = Router::new().route("/", answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        (provider, url)
    }

    async fn answer(&self) -> (StatusCode, String) {
        self.requests.add_permits(1);
        self.answers.acquire().await.unwrap().forget();
        let error = self.errors.lock().unwrap().pop_front();
        match error {
            Some(code) => (
                StatusCode::BAD_REQUEST,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>ada@example.com</Message></Error>\
                     <RequestId>r</RequestId></ErrorResponse>"
                ),
            ),
            None => (
                StatusCode::OK,
                "<SendEmailResponse><SendEmailResult><MessageId>m</MessageId></SendEmailResult></SendEmailResponse>"
                    .to_owned(),
            ),
        }
    }

    fn hold(&self) {
        self.answers.forget_permits(1000);
    }

    fn let_go(&self) {
        self.answers.add_permits(1000);
    }

    fn requests(&self) -> usize {
        self.requests.available_permits()
    }

    async fn asked(&self) {
        self.requests.acquire().await.unwrap().forget();
    }
}

fn state(answer: tonic::Response<v1::SendEmailNotificationResponse>) -> v1::State {
    answer.into_inner().notification.unwrap().state()
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let (provider, url) = Provider::start(&["Throttling", "Throttling"]).await;
    let stage = Stage::start(&url).await;
    let sent = stage
        .client()
        .send_email_notification(email("k", "ada@example.com"))
        .await
        .unwrap();
    assert_eq!(state(sent), v1::State::Sent);
    assert_eq!(provider.requests(), 3);
}

#[tokio::test]
async fn a_provider_that_is_down_is_unavailable_and_a_repeat_sends() {
    let (provider, url) = Provider::start(&["MailFromDomainNotVerifiedException"]).await;
    let stage = Stage::start(&url).await;
    let request = || email("k", "ada@example.com");
    let status = stage
        .client()
        .send_email_notification(request())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
    let sent = stage.client().send_email_notification(request()).await;
    assert_eq!(state(sent.unwrap()), v1::State::Sent);
    assert_eq!(provider.requests(), 2);
}

#[tokio::test]
async fn a_refusal_is_final() {
    let (provider, url) = Provider::start(&["MessageRejected"]).await;
    let stage = Stage::start(&url).await;
    for _ in 0..2 {
        let status = stage
            .client()
            .send_email_notification(email("k", "ada@example.com"))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert!(!format!("{status:?}").contains("ada@"), "{status:?}");
    }
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn a_caller_that_hangs_up_finds_the_result_later() {
    let (provider, url) = Provider::start(&[]).await;
    provider.hold();
    let stage = Stage::start(&url).await;
    let mut request = Request::new(email("k", "ada@example.com"));
    request.set_timeout(Duration::from_secs(1));
    let status = stage
        .client()
        .send_email_notification(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    provider.asked().await;
    let second = stage
        .client()
        .send_email_notification(email("k", "ada@example.com"))
        .await
        .unwrap_err();
    assert_eq!(second.code(), Code::Aborted);
    assert!(second.get_details_retry_info().is_some());

    provider.let_go();
    let sent = loop {
        let request = email("k", "ada@example.com");
        match stage.client().send_email_notification(request).await {
            Ok(sent) => break sent,
            Err(status) => assert_eq!(status.code(), Code::Aborted),
        }
    };
    assert_eq!(state(sent), v1::State::Sent);
    assert_eq!(provider.requests(), 0, "the provider was asked once");
}

#[tokio::test]
async fn what_was_sent_is_told_even_if_it_can_not_be_kept() {
    let (provider, url) = Provider::start(&[]).await;
    provider.hold();
    let stage = Stage::start(&url).await;
    let mut client = stage.client();
    let call = tokio::spawn(async move {
        client
            .send_email_notification(email("k", "ada@example.com"))
            .await
    });
    provider.asked().await;
    stage.forget("k").await;
    provider.let_go();
    assert_eq!(state(call.await.unwrap().unwrap()), v1::State::Sent);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_holds_nobody_up_for_long() {
    let (provider, url) = Provider::start(&[]).await;
    provider.hold();
    let stage = Stage::start(&url).await;
    let request = || email("k", "ada@example.com");
    let status = stage
        .client()
        .send_email_notification(request())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    provider.let_go();
    // The claim was given back: there is nothing to wait for.
    let sent = stage.client().send_email_notification(request()).await;
    assert_eq!(state(sent.unwrap()), v1::State::Sent);
}

#[tokio::test]
async fn a_server_that_stops_finishes_what_it_accepted() {
    let (provider, url) = Provider::start(&[]).await;
    provider.hold();
    let mut stage = Stage::start(&url).await;
    let mut client = stage.client();
    let call = tokio::spawn(async move {
        client
            .send_email_notification(email("k", "ada@example.com"))
            .await
    });
    provider.asked().await;
    stage.stop.cancel();
    tokio::select! {
        biased;
        ended = &mut stage.server => panic!("it did not wait: {ended:?}"),
        () = tokio::task::yield_now() => {}
    }
    provider.let_go();
    assert_eq!(state(call.await.unwrap().unwrap()), v1::State::Sent);
    stage.server.await.unwrap().unwrap();
}
