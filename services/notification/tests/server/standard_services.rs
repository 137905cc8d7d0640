//! Health and reflection.

use tokio_stream::StreamExt as _;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1alpha;

use crate::stage::{Bearer, Stage};

fn question(request: MessageRequest) -> Request<tokio_stream::Once<ServerReflectionRequest>> {
    Request::new(tokio_stream::once(ServerReflectionRequest {
        host: String::new(),
        message_request: Some(request),
    }))
}

#[tokio::test]
async fn health_is_told_to_everybody() {
    let (stage, _capture) = Stage::captured().await;
    let mut health = HealthClient::new(stage.channel.clone());
    for service in ["", "fastfusion.notification.v1.NotificationService"] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
}

/// What both versions of reflection tell: all services, and the file of a method.
macro_rules! reflects {
    ($version:ident) => {{
        use tonic_reflection::pb::$version::ServerReflectionRequest;
        use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

        let (stage, _capture) = Stage::captured().await;
        let mut reflection =
            ServerReflectionClient::with_interceptor(stage.channel.clone(), Bearer);
        let symbol = "fastfusion.notification.v1.NotificationService.SendSMSNotification";
        let questions = [
            MessageRequest::ListServices(String::new()),
            MessageRequest::FileContainingSymbol(symbol.to_owned()),
        ];
        let questions = questions.map(|question| ServerReflectionRequest {
            host: String::new(),
            message_request: Some(question),
        });
        let answers = reflection
            .server_reflection_info(tokio_stream::iter(questions))
            .await
            .unwrap();
        let answers: Vec<_> = answers.into_inner().collect().await;
        let [Ok(services), Ok(file)] = &answers[..] else {
            panic!("{answers:?}");
        };
        let Some(MessageResponse::ListServicesResponse(list)) = &services.message_response else {
            panic!("{services:?}");
        };
        let mut names: Vec<_> = list.service.iter().map(|s| s.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "fastfusion.notification.v1.NotificationService",
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ]
        );
        assert!(matches!(
            file.message_response,
            Some(MessageResponse::FileDescriptorResponse(_))
        ));
    }};
}

#[tokio::test]
async fn reflection_lists_the_services_and_their_files() {
    reflects!(v1);
}

#[tokio::test]
async fn clients_of_the_former_reflection_are_told_the_same() {
    reflects!(v1alpha);
}

#[tokio::test]
async fn reflection_is_for_those_with_a_token() {
    let (stage, _capture) = Stage::captured().await;
    let mut reflection = ServerReflectionClient::new(stage.channel.clone());
    let status = reflection
        .server_reflection_info(question(MessageRequest::ListServices(String::new())))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);

    let mut former = v1alpha::server_reflection_client::ServerReflectionClient::new(stage.channel);
    let question = tokio_stream::once(v1alpha::ServerReflectionRequest::default());
    let status = former.server_reflection_info(question).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn health_and_reflection_take_compressed_questions() {
    let (stage, _capture) = Stage::captured().await;
    let mut health = HealthClient::new(stage.channel.clone());
    health = health.send_compressed(CompressionEncoding::Gzip);
    health.check(HealthCheckRequest::default()).await.unwrap();
    let mut reflection = ServerReflectionClient::with_interceptor(stage.channel.clone(), Bearer)
        .send_compressed(CompressionEncoding::Gzip);
    let answers = reflection
        .server_reflection_info(question(MessageRequest::ListServices(String::new())))
        .await
        .unwrap();
    assert!(answers.into_inner().next().await.unwrap().is_ok());
}
