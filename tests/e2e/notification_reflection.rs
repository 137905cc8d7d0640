//! The notification service as grpcurl calls it: nothing is known of it but what reflection tells.

use std::collections::BTreeSet;

use e2e::{Bearer, Stack, channel, unique_email};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use prost_types::FileDescriptorProto;
use serde_json::{Value, json};
use tokio_stream::StreamExt as _;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

const SERVICE: &str = "fastfusion.notification.v1.NotificationService";

type Authenticated = InterceptedService<Channel, Bearer>;

async fn authenticated(stack: &Stack) -> Authenticated {
    let bearer = Bearer::new(&stack.notification_token().unwrap()).unwrap();
    InterceptedService::new(channel(stack).await.unwrap(), bearer)
}

async fn ask(service: &Authenticated, request: MessageRequest) -> MessageResponse {
    let question = tokio_stream::once(ServerReflectionRequest {
        host: String::new(),
        message_request: Some(request),
    });
    let answers = ServerReflectionClient::new(service.clone())
        .server_reflection_info(question)
        .await
        .unwrap();
    let answer = answers.into_inner().next().await.unwrap().unwrap();
    answer.message_response.unwrap()
}

async fn files(service: &Authenticated, request: MessageRequest) -> Vec<FileDescriptorProto> {
    let MessageResponse::FileDescriptorResponse(files) = ask(service, request).await else {
        panic!("no files")
    };
    let files = files.file_descriptor_proto.iter();
    files
        .map(|file| FileDescriptorProto::decode(file.as_slice()).unwrap())
        .collect()
}

/// The file that declares a symbol, and all that it imports.
async fn describe(service: &Authenticated, symbol: &str) -> DescriptorPool {
    let request = MessageRequest::FileContainingSymbol(symbol.to_owned());
    let mut found = files(service, request).await;
    let mut known: BTreeSet<String> = found.iter().map(|file| file.name().to_owned()).collect();
    let mut next = 0;
    while next < found.len() {
        for import in found[next].dependency.clone() {
            if known.insert(import.clone()) {
                found.extend(files(service, MessageRequest::FileByFilename(import)).await);
            }
        }
        next += 1;
    }
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_protos(found).unwrap();
    pool
}

/// Carries messages whose type is known at run time only.
#[derive(Clone)]
struct Dynamic(MessageDescriptor);

impl Codec for Dynamic {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        DynamicMessage::decode(self.0.clone(), buffer)
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

/// Calls a method with JSON and answers with JSON.
async fn call(stack: &Stack, method: &str, request: Value) -> Result<Value, Status> {
    let service = authenticated(stack).await;
    let pool = describe(&service, SERVICE).await;
    let declared = pool.get_service_by_name(SERVICE).unwrap();
    let method = declared
        .methods()
        .find(|known| known.name() == method)
        .unwrap();
    let message = DynamicMessage::deserialize(method.input(), request).unwrap();
    let mut client = tonic::client::Grpc::new(service);
    client.ready().await.unwrap();
    let path = format!("/{SERVICE}/{}", method.name()).parse().unwrap();
    let answer = client
        .unary(Request::new(message), path, Dynamic(method.output()))
        .await?;
    Ok(serde_json::to_value(answer.into_inner()).unwrap())
}

#[tokio::test]
async fn the_services_are_listed() {
    let service = authenticated(Stack::shared()).await;
    let answer = ask(&service, MessageRequest::ListServices(String::new())).await;
    let MessageResponse::ListServicesResponse(list) = answer else {
        panic!("no list: {answer:?}")
    };
    let names: BTreeSet<_> = list
        .service
        .into_iter()
        .map(|service| service.name)
        .collect();
    insta::assert_compact_debug_snapshot!(names, @r#"{"fastfusion.notification.v1.NotificationService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}"#);
}

#[tokio::test]
async fn a_method_is_called_by_its_description() {
    let stack = Stack::shared();
    let (key, address) = (uuid::Uuid::now_v7().to_string(), unique_email());
    let request = json!({
        "idempotencyKey": key,
        "recipient": address,
        "content": {"welcome": {"openingPrice": "101.20"}},
    });
    let answer = call(stack, "SendEmailNotification", request).await.unwrap();
    let sent = &answer["notification"];
    assert_eq!(
        (&sent["state"], &sent["channel"]),
        (&json!("STATE_SENT"), &json!("CHANNEL_EMAIL"))
    );
    assert_eq!(stack.sent_to(&address).await.unwrap().len(), 1);

    let request = json!({ "idempotencyKey": key });
    assert_eq!(
        call(stack, "GetNotification", request).await.unwrap(),
        answer
    );
}
