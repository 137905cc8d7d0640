//! Messages that are compressed, too large, or none of the contract.

use notification_proto::v1;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use crate::stage::{Bearer, Stage, email};

/// More than a request may have.
const TOO_MUCH: usize = 64 * 1024 + 1;

/// As `SendEmailNotificationRequest`, for clients whose strings hold any bytes.
#[derive(Clone, PartialEq, prost::Message)]
struct RawRequest {
    #[prost(bytes = "vec", tag = "1")]
    idempotency_key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    recipient: Vec<u8>,
}

async fn send_raw(stage: &Stage, request: RawRequest) -> Result<(), Status> {
    let service = InterceptedService::new(stage.channel.clone(), Bearer);
    let mut client = Grpc::new(service);
    client.ready().await.unwrap();
    let path = "/fastfusion.notification.v1.NotificationService/SendEmailNotification";
    let codec = ProstCodec::<RawRequest, v1::SendEmailNotificationResponse>::default();
    let path = path.parse().unwrap();
    client.unary(Request::new(request), path, codec).await?;
    Ok(())
}

#[tokio::test]
async fn requests_may_be_compressed() {
    let (stage, capture) = Stage::captured().await;
    let mut client = stage.client().send_compressed(CompressionEncoding::Gzip);
    let request = email("welcome:1", "ada@example.com");
    client.send_email_notification(request).await.unwrap();
    assert_eq!(capture.messages().len(), 1);
}

#[tokio::test]
async fn a_string_that_is_no_utf_8_is_no_message_of_the_contract() {
    let (stage, capture) = Stage::captured().await;
    let request = RawRequest {
        idempotency_key: b"key".to_vec(),
        recipient: b"ada\xff@example.com".to_vec(),
    };
    let status = send_raw(&stage, request).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert!(status.message().contains("decode"), "{status:?}");
    assert!(status.message().contains("recipient"), "{status:?}");
    assert_eq!(capture.messages().len(), 0);
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused() {
    let (stage, capture) = Stage::captured().await;
    let request = email("key", &"a".repeat(TOO_MUCH));
    let sent = stage.client().send_email_notification(request).await;
    assert_eq!(sent.unwrap_err().code(), Code::OutOfRange);
    assert_eq!(capture.messages().len(), 0);
}

#[tokio::test]
async fn a_message_that_unpacks_to_too_much_is_refused() {
    let (stage, capture) = Stage::captured().await;
    let request = email("key", &"a".repeat(100 * TOO_MUCH));
    let mut client = stage.client().send_compressed(CompressionEncoding::Gzip);
    let status = client.send_email_notification(request).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    // Not that of a recipient who has got enough: waiting is no use.
    assert!(status.get_details_retry_info().is_none(), "{status:?}");
    assert_eq!(capture.messages().len(), 0);
}

#[tokio::test]
async fn no_other_compression_is_known() {
    let (stage, _capture) = Stage::captured().await;
    let mut request = Request::new(email("key", "ada@example.com"));
    let encoding = "snappy".parse().unwrap();
    request.metadata_mut().insert("grpc-encoding", encoding);
    let sent = stage.client().send_email_notification(request).await;
    assert_eq!(sent.unwrap_err().code(), Code::Unimplemented);
}
