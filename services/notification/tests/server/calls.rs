//! What callers ask for and get.

use emulator_aws::Channel;
use notification_proto::v1;
use notification_proto::v1::notification_service_client::NotificationServiceClient;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::stage::{Stage, email, sms};

#[tokio::test]
async fn an_email_arrives_as_text_and_html_and_can_be_looked_up() {
    let (stage, capture) = Stage::captured().await;
    let sent = stage
        .client()
        .send_email_notification(email("welcome:1", "Ada@example.com"))
        .await
        .unwrap();
    let sent = sent.into_inner().notification.unwrap();
    assert_eq!(
        (sent.state(), sent.channel()),
        (v1::State::Sent, v1::Channel::Email)
    );
    let messages = capture.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0].message;
    assert_eq!(sent.provider_message_id, messages[0].message_id);
    assert_eq!(message.to, "Ada@example.com");
    assert_eq!(
        message.from.as_deref(),
        Some("Fastfusion <hello@fastfusion.example>")
    );
    assert!(message.text.as_ref().unwrap().starts_with("Hello,"));
    assert!(message.html.as_ref().unwrap().contains("<p>Hello,</p>"));

    let request = v1::GetNotificationRequest {
        idempotency_key: "welcome:1".to_owned(),
    };
    let found = stage.client().get_notification(request).await.unwrap();
    assert_eq!(found.into_inner().notification, Some(sent));
    let stored = stage.stored().await.to_lowercase();
    assert!(!stored.contains("ada"), "{stored}");
}

#[tokio::test]
async fn a_repeat_returns_the_first_result_and_sends_nothing() {
    let (stage, capture) = Stage::captured().await;
    let mut client = stage.client();
    let request = || sms("alert:1", "+4930901820");
    let first = client.send_sms_notification(request()).await.unwrap();
    for _ in 0..5 {
        let again = client.send_sms_notification(request()).await.unwrap();
        assert_eq!(again.get_ref(), first.get_ref());
    }
    let messages = capture.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].message.kind, Channel::Sms);
}

#[tokio::test]
async fn of_many_calls_at_once_one_sends() {
    let (stage, capture) = Stage::captured().await;
    let calls = (0..16).map(|_| {
        let mut client = stage.client();
        async move {
            client
                .send_sms_notification(sms("alert:1", "+4930901820"))
                .await
        }
    });
    let answers = futures_util::future::join_all(calls).await;
    let sent = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(sent >= 1, "{answers:?}");
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!(status.code(), Code::Aborted, "{status:?}");
    }
    assert_eq!(capture.messages().len(), 1);
}

#[tokio::test]
async fn a_key_goes_with_one_request() {
    let (stage, capture) = Stage::captured().await;
    let mut client = stage.client();
    client
        .send_email_notification(email("k", "ada@example.com"))
        .await
        .unwrap();
    let other = client
        .send_email_notification(email("k", "bob@example.com"))
        .await
        .unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
    let text = client.send_sms_notification(sms("k", "+4930901820")).await;
    assert_eq!(text.unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(capture.messages().len(), 1);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let (stage, capture) = Stage::captured().await;
    let request = v1::SendEmailNotificationRequest {
        idempotency_key: "with blank".to_owned(),
        recipient: "nobody".to_owned(),
        content: Some(v1::Content {
            template: Some(v1::content::Template::PriceAlert(v1::PriceAlert {
                crossing: 7,
                threshold: "1".to_owned(),
                price: "-1.00".to_owned(),
                price_time: None,
            })),
        }),
    };
    let status = stage
        .client()
        .send_email_notification(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let mut fields: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "content.price_alert.crossing",
            "content.price_alert.price",
            "content.price_alert.price_time",
            "content.price_alert.threshold",
            "idempotency_key",
            "recipient",
        ]
    );
    let empty = v1::SendSmsNotificationRequest::default();
    let status = stage
        .client()
        .send_sms_notification(empty)
        .await
        .unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations.len(), 3, "{violations:?}");
    assert!(capture.messages().is_empty());
}

#[tokio::test]
async fn a_recipient_gets_so_many_an_hour() {
    let (stage, capture) = Stage::captured().await;
    let mut client = stage.client();
    let mut refused = None;
    // An hour may end on the way: twice the limit is too many even then.
    for number in 0..5 {
        let request = sms(&format!("alert:{number}"), "+4930901820");
        if let Err(status) = client.send_sms_notification(request).await {
            refused = Some(status);
            break;
        }
    }
    let status = refused.unwrap();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let retry = status.get_details_retry_info().unwrap().retry_delay;
    assert!((1..=3_600_000).contains(&retry.unwrap().as_millis()));
    let sent = capture.messages().len();
    client
        .send_sms_notification(sms("other", "+4930901821"))
        .await
        .unwrap();
    client
        .send_sms_notification(sms("alert:0", "+4930901820"))
        .await
        .expect("a repeat is not counted");
    assert_eq!(capture.messages().len(), sent + 1);
}

#[tokio::test]
async fn nobody_is_served_without_a_token() {
    let (stage, capture) = Stage::captured().await;
    let mut client = NotificationServiceClient::new(stage.channel.clone());
    let status = client
        .send_email_notification(email("k", "ada@example.com"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(capture.messages().is_empty());
}

#[tokio::test]
async fn what_was_never_sent_is_not_found() {
    let (stage, _capture) = Stage::captured().await;
    let request = v1::GetNotificationRequest {
        idempotency_key: "never".to_owned(),
    };
    let status = stage.client().get_notification(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}
