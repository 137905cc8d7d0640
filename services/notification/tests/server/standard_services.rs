//! Health and reflection.

use tokio_stream::StreamExt as _;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

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

#[tokio::test]
async fn reflection_lists_the_services_and_their_files() {
    let (stage, _capture) = Stage::captured().await;
    let mut reflection = ServerReflectionClient::with_interceptor(stage.channel.clone(), Bearer);
    let answers = reflection
        .server_reflection_info(question(MessageRequest::ListServices(String::new())))
        .await
        .unwrap();
    let answer = answers.into_inner().next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let mut names: Vec<_> = list.service.into_iter().map(|s| s.name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "fastfusion.notification.v1.NotificationService",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
        ]
    );
    let symbol = "fastfusion.notification.v1.NotificationService.SendSMSNotification".to_owned();
    let answers = reflection
        .server_reflection_info(question(MessageRequest::FileContainingSymbol(symbol)))
        .await
        .unwrap();
    let answer = answers.into_inner().next().await.unwrap().unwrap();
    assert!(matches!(
        answer.message_response,
        Some(MessageResponse::FileDescriptorResponse(_))
    ));
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
}
