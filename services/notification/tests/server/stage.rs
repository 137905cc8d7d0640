use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use bootstrap::clock::SystemClock;
use domain::user::Email;
use emulator_aws::{AwsEndpoint, Capture, Secrets};
use notification::{DynamoNotifications, Limits, Notifier, Server, SesMailer, SnsTexter, Tokens};
use notification_proto::v1;
use notification_proto::v1::notification_service_client::NotificationServiceClient;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

const TOKEN: &str = "a-token-of-more-than-thirty-two-characters";
const TABLE: &str = "notifications";

pub(crate) type Caller = NotificationServiceClient<InterceptedService<Channel, Bearer>>;

/// Presents the token.
#[derive(Clone)]
pub(crate) struct Bearer;

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value: MetadataValue<_> = format!("Bearer {TOKEN}").parse().unwrap();
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

/// A running server with a table of its own.
pub(crate) struct Stage {
    pub(crate) channel: Channel,
    pub(crate) stop: CancellationToken,
    pub(crate) server: JoinHandle<anyhow::Result<()>>,
    pub(crate) dynamodb: Client,
}

impl Stage {
    /// With an emulator's capture as SES and SNS.
    pub(crate) async fn captured() -> (Self, Arc<Capture>) {
        let capture = Arc::new(Capture::default());
        let dir = tempfile::tempdir().unwrap();
        let endpoint = AwsEndpoint {
            admits: Box::new(|_| true),
            secrets: Secrets::open(&[], dir.path()).unwrap(),
            capture: capture.clone(),
        };
        let (url, _server) = endpoint.start().await.unwrap();
        (Self::start(&url).await, capture)
    }

    /// With SES and SNS at this URL.
    pub(crate) async fn start(providers: &str) -> Self {
        let dynamodb = config(&database().await).await;
        let client = Client::new(&dynamodb);
        create_table(&client).await;
        let providers = config(providers).await;
        let notifier = Notifier::new(
            DynamoNotifications::new(&dynamodb, TABLE),
            SesMailer::new(
                &providers,
                &Email::parse("hello@fastfusion.example").unwrap(),
            ),
            SnsTexter::new(&providers),
            SystemClock,
            Limits {
                emails_per_hour: 3,
                texts_per_hour: 2,
            },
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let server = Server::new(notifier, Tokens::parse(TOKEN).unwrap());
        let server = tokio::spawn(server.run(listener, stop.clone()));
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        Self {
            channel: endpoint.connect().await.unwrap(),
            stop,
            server,
            dynamodb: client,
        }
    }

    pub(crate) fn client(&self) -> Caller {
        NotificationServiceClient::with_interceptor(self.channel.clone(), Bearer)
    }

    /// Takes a notification out of the table.
    pub(crate) async fn forget(&self, key: &str) {
        self.dynamodb
            .delete_item()
            .table_name(TABLE)
            .key("pk", AttributeValue::S(format!("notification#{key}")))
            .send()
            .await
            .unwrap();
    }

    /// What the table holds, as text.
    pub(crate) async fn stored(&self) -> String {
        let items = self.dynamodb.scan().table_name(TABLE).send().await.unwrap();
        format!("{:?}", items.items())
    }
}

pub(crate) fn email(key: &str, recipient: &str) -> v1::SendEmailNotificationRequest {
    v1::SendEmailNotificationRequest {
        idempotency_key: key.to_owned(),
        recipient: recipient.to_owned(),
        content: Some(welcome()),
    }
}

pub(crate) fn sms(key: &str, recipient: &str) -> v1::SendSmsNotificationRequest {
    v1::SendSmsNotificationRequest {
        idempotency_key: key.to_owned(),
        recipient: recipient.to_owned(),
        content: Some(welcome()),
    }
}

fn welcome() -> v1::Content {
    v1::Content {
        template: Some(v1::content::Template::Welcome(v1::Welcome {
            opening_price: "101.20".to_owned(),
        })),
    }
}

async fn config(url: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
        .endpoint_url(url)
        .load()
        .await
}

async fn database() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    url
}

async fn create_table(client: &Client) {
    let attribute = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S)
        .build()
        .unwrap();
    let key = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(KeyType::Hash)
        .build()
        .unwrap();
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute)
        .key_schema(key)
        .send()
        .await
        .unwrap();
}
