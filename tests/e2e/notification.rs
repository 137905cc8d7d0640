//! The notification service as its callers see it, and the outbox as people do.

use std::time::{Duration, Instant};

use e2e::{
    Bearer, NotificationClient, Options, PATIENCE, Stack, channel, notification_client,
    unique_email,
};
use notification_proto::v1;
use notification_proto::v1::notification_service_client::NotificationServiceClient;
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

/// A key that nobody has used before.
fn unique_key() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A number that nobody has used before, in a country code that is not assigned.
fn unique_phone() -> String {
    let digits = uuid::Uuid::now_v7().as_u128() % 1_000_000_000_000;
    format!("+999{digits:012}")
}

fn alert() -> Option<v1::Content> {
    Some(v1::Content {
        template: Some(v1::content::Template::PriceAlert(v1::PriceAlert {
            crossing: v1::Crossing::Above.into(),
            threshold: "104.00".to_owned(),
            price: "104.20".to_owned(),
            price_time: Some(prost_types::Timestamp {
                seconds: 1_767_225_605,
                nanos: 0,
            }),
        })),
    })
}

fn email(recipient: &str) -> v1::SendEmailNotificationRequest {
    v1::SendEmailNotificationRequest {
        idempotency_key: unique_key(),
        recipient: recipient.to_owned(),
        content: alert(),
    }
}

/// Repeats a request as callers shall, until something else than a passing trouble comes of it.
async fn send_patiently(
    client: &mut NotificationClient,
    request: &v1::SendEmailNotificationRequest,
) -> Result<v1::Notification, Status> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match client.send_email_notification(request.clone()).await {
            Err(status)
                if matches!(status.code(), Code::Unavailable | Code::Aborted)
                    && Instant::now() < deadline =>
            {
                let wait = status
                    .get_details_retry_info()
                    .and_then(|info| info.retry_delay);
                tokio::time::sleep(wait.unwrap_or(Duration::from_millis(50))).await;
            }
            other => return other.map(|sent| sent.into_inner().notification.unwrap()),
        }
    }
}

#[tokio::test]
async fn an_email_and_a_text_message_are_in_the_outbox() {
    let stack = Stack::shared();
    let mut client = notification_client(stack).await.unwrap();
    let (address, phone) = (unique_email(), unique_phone());
    let sent = send_patiently(&mut client, &email(&address)).await.unwrap();
    assert_eq!(sent.state(), v1::State::Sent);
    let request = v1::SendSmsNotificationRequest {
        idempotency_key: unique_key(),
        recipient: phone.clone(),
        content: alert(),
    };
    client.send_sms_notification(request).await.unwrap();

    let mails = stack.sent_to(&address).await.unwrap();
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}")
    };
    assert_eq!(mail["kind"], "email");
    assert_eq!(mail["message_id"], sent.provider_message_id);
    assert_eq!(mail["from"], "Fastfusion <hello@fastfusion.example>");
    assert_eq!(mail["subject"], "Your share rose to 104.20");
    let (text, html) = (
        mail["text"].as_str().unwrap(),
        mail["html"].as_str().unwrap(),
    );
    assert!(text.starts_with("Hello,"), "{text}");
    assert!(html.contains("<p>Hello,</p>"), "{html}");
    assert_eq!(
        (&mail["attempt"], &mail["duplicate_of"]),
        (&json!(1), &Value::Null)
    );

    let texts = stack.sent_to(&phone).await.unwrap();
    let [text] = texts.as_slice() else {
        panic!("{texts:?}")
    };
    assert_eq!(text["kind"], "sms");
    insta::assert_snapshot!(
        text["text"].as_str().unwrap(),
        @"Fastfusion: your share rose to 104.20 (alert at 104.00) on 2026-01-01 00:00:05 UTC."
    );
}

#[tokio::test]
async fn a_repeat_returns_the_first_result_and_sends_nothing() {
    let stack = Stack::shared();
    let mut client = notification_client(stack).await.unwrap();
    let address = unique_email();
    let request = email(&address);
    let first = send_patiently(&mut client, &request).await.unwrap();
    let again = send_patiently(&mut client, &request).await.unwrap();
    assert_eq!(first, again);
    let request = v1::GetNotificationRequest {
        idempotency_key: request.idempotency_key,
    };
    let found = client.get_notification(request).await.unwrap();
    assert_eq!(found.into_inner().notification, Some(first));
    assert_eq!(stack.sent_to(&address).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrong_token_sends_nothing_and_health_needs_none() {
    let stack = Stack::shared();
    let channel = channel(stack).await.unwrap();
    let bearer = Bearer::new("not-the-token-but-thirty-two-characters-long").unwrap();
    let mut client = NotificationServiceClient::with_interceptor(channel.clone(), bearer);
    let address = unique_email();
    let status = send_patiently(&mut client, &email(&address))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(stack.sent_to(&address).await.unwrap().is_empty());

    let request = HealthCheckRequest {
        service: "fastfusion.notification.v1.NotificationService".to_owned(),
    };
    let health = HealthClient::new(channel).check(request).await.unwrap();
    assert_eq!(health.into_inner().status(), ServingStatus::Serving);
}

#[tokio::test]
async fn retries_and_duplicates_show_as_such() {
    let stack = Stack::start(Options::default()).unwrap();
    let mut client = notification_client(&stack).await.unwrap();
    stack
        .set_outbox_faults(&json!({"throttle": 2}))
        .await
        .unwrap();
    let address = unique_email();
    send_patiently(&mut client, &email(&address)).await.unwrap();
    let sent = stack.sent_to(&address).await.unwrap();
    assert_eq!((sent.len(), &sent[0]["attempt"]), (1, &json!(3)));
    assert_eq!(stack.outbox().await.unwrap()["throttled"], 2);

    // SES takes the message, but its answer is lost: it has no idempotency of its own.
    stack
        .set_outbox_faults(&json!({"lose_answers": 1}))
        .await
        .unwrap();
    let address = unique_email();
    send_patiently(&mut client, &email(&address)).await.unwrap();
    let sent = stack.sent_to(&address).await.unwrap();
    assert_eq!((sent.len(), &sent[1]["attempt"]), (2, &json!(2)));
    assert_eq!(sent[1]["duplicate_of"], sent[0]["message_id"]);
}

#[tokio::test]
async fn a_kill_in_the_middle_is_delivered_once_after_the_restart() {
    let stack = Stack::start(Options::default()).unwrap();
    let mut client = notification_client(&stack).await.unwrap();
    stack
        .set_outbox_faults(&json!({"throttle": 1_000_000}))
        .await
        .unwrap();
    let address = unique_email();
    let request = email(&address);
    let call = tokio::spawn({
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.send_email_notification(request).await }
    });
    let deadline = Instant::now() + PATIENCE;
    while stack.outbox().await.unwrap()["throttled"] == 0 {
        assert!(Instant::now() < deadline, "SES is not asked");
    }
    stack.kill_service("notification").await.unwrap();
    let lost = call.await.unwrap().unwrap_err();
    assert_ne!(lost.code(), Code::DeadlineExceeded, "{lost:?}");
    stack.set_outbox_faults(&json!({})).await.unwrap();

    let sent = send_patiently(&mut client, &request).await.unwrap();
    assert_eq!(sent.state(), v1::State::Sent);
    assert_eq!(send_patiently(&mut client, &request).await.unwrap(), sent);
    assert_eq!(stack.sent_to(&address).await.unwrap().len(), 1);
    let status = stack.status().await.unwrap();
    assert_eq!(status["services"][0]["restarts"], 1, "{status}");
}

#[tokio::test]
async fn the_outbox_is_a_page_too_and_for_this_machine_only() {
    let stack = Stack::shared();
    let get = |header, value| {
        let url = format!("{}/_emulator/outbox", stack.url());
        reqwest::Client::new().get(url).header(header, value).send()
    };
    let page = get("accept", "text/html").await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.contains("sandbox"),
        "{page}"
    );
    let foreign = get("host", "evil.example").await.unwrap();
    assert_eq!(foreign.status(), 403);
}

#[tokio::test]
async fn a_flag_sends_to_another_ses() {
    // The stand-in of the shared stack plays LocalStack.
    let elsewhere = Stack::shared();
    let status = elsewhere.status().await.unwrap();
    let url = status["endpoints"]["aws"].as_str().unwrap();
    let stack = Stack::start(Options {
        arguments: vec!["--deliver".to_owned(), url.to_owned()],
        ..Options::default()
    })
    .unwrap();
    let mut client = notification_client(&stack).await.unwrap();
    let address = unique_email();
    send_patiently(&mut client, &email(&address)).await.unwrap();
    assert_eq!(elsewhere.sent_to(&address).await.unwrap().len(), 1);
    assert!(stack.outbox().await.is_err(), "nothing is captured here");
}
