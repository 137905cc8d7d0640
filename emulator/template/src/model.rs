//! What a template declares, after its intrinsics are resolved: the only thing the parts of the
//! emulator know of the template.

use std::time::Duration;

use indexmap::IndexMap;

/// The variable that tells a container where to listen, as `host:port`.
pub const LISTEN_ADDRESS: &str = "LISTEN_ADDRESS";

/// Everything that the emulator runs.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Functions by logical id.
    pub functions: IndexMap<String, Function>,
    /// Services in containers.
    pub services: Vec<Service>,
    /// The REST API, if the template has one.
    pub rest: Option<RestApi>,
    /// The WebSocket API, if the template has one.
    pub websocket: Option<WebSocketApi>,
    /// Triggers that poll Kafka.
    pub kafka_triggers: Vec<KafkaTrigger>,
    /// Schedules.
    pub schedules: Vec<Schedule>,
    /// Kafka topics to create.
    pub topics: Vec<Topic>,
    /// DynamoDB tables to create: `CreateTable` input as JSON, TTL attribute beside it.
    pub tables: Vec<Table>,
    /// Secrets to generate once and keep.
    pub secrets: Vec<Secret>,
    /// Addresses and domains that SES is to know as verified.
    pub email_identities: Vec<String>,
}

/// One Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Logical id in the template.
    pub id: String,
    /// File name of the binary, for example `price-tick`: also its name in logs.
    pub binary: String,
    /// Memory in MB, passed on as `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`.
    pub memory_mb: u32,
    /// After this long an invocation is ended with its process.
    pub timeout: Duration,
    /// How many processes may run at once (reserved concurrency, or the emulator's default).
    pub concurrency: usize,
    /// The template's environment, resolved.
    pub environment: IndexMap<String, String>,
    /// What becomes of asynchronous invocations that fail.
    pub asynchronous: AsyncPolicy,
}

/// How Lambda's queue of asynchronous invocations deals with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsyncPolicy {
    /// How often an event is retried that the function failed on.
    pub max_retries: u8,
    /// After this long an event is dropped that is still to be processed.
    pub max_age: Duration,
}

impl Default for AsyncPolicy {
    /// Lambda's own.
    fn default() -> Self {
        Self {
            max_retries: 2,
            max_age: Duration::from_secs(6 * 3_600),
        }
    }
}

/// A service that runs in a container on AWS, and as a process here.
#[derive(Debug, Clone)]
pub struct Service {
    /// Name of the container: also the file name of its binary, and its name in logs.
    pub name: String,
    /// The port that the container maps.
    pub port: u16,
    /// The template's environment, resolved.
    pub environment: IndexMap<String, String>,
    /// Arguments that make the binary check the running service, and fail if it is not up.
    pub health_check: Vec<String>,
}

/// The REST API (API Gateway, event version 1).
#[derive(Debug, Clone, Default)]
pub struct RestApi {
    /// Stage name, given in the request context.
    pub stage: String,
    /// Routes in template order.
    pub routes: Vec<RestRoute>,
    /// CORS of preflight answers, if declared.
    pub cors: Option<Cors>,
    /// Answers that the gateway gives itself, by type, for example `MISSING_AUTHENTICATION_TOKEN`.
    pub gateway_responses: IndexMap<String, GatewayResponse>,
}

/// One route of the REST API.
#[derive(Debug, Clone)]
pub struct RestRoute {
    /// HTTP method, or `ANY`.
    pub method: String,
    /// Path with `{name}` and `{name+}` parameters.
    pub path: String,
    /// Logical id of the function.
    pub function: String,
}

/// CORS headers of preflight answers, unquoted.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    /// `Access-Control-Allow-Origin`.
    pub allow_origin: String,
    /// `Access-Control-Allow-Methods`.
    pub allow_methods: String,
    /// `Access-Control-Allow-Headers`.
    pub allow_headers: String,
    /// `Access-Control-Max-Age` in seconds.
    pub max_age: Option<String>,
}

/// An answer of the gateway's own.
#[derive(Debug, Clone, Default)]
pub struct GatewayResponse {
    /// Status, where it differs from the default.
    pub status: Option<u16>,
    /// Headers, unquoted.
    pub headers: IndexMap<String, String>,
    /// Body template (`application/json`); `$context.error.messageString` is replaced.
    pub body: Option<String>,
}

/// The WebSocket API.
#[derive(Debug, Clone)]
pub struct WebSocketApi {
    /// Logical id.
    pub id: String,
    /// Stage name, the first segment of the `@connections` path.
    pub stage: String,
    /// For example `$request.body.op`.
    pub route_selection_expression: String,
    /// Routes by key; `$connect`, `$disconnect` and `$default` among them.
    pub routes: IndexMap<String, WebSocketRoute>,
}

/// One route of the WebSocket API.
#[derive(Debug, Clone)]
pub struct WebSocketRoute {
    /// Logical id of the function.
    pub function: String,
    /// Whether it declares `RouteResponseSelectionExpression`, which alone has no effect.
    pub selects_response: bool,
    /// Whether the function's answer is sent to the client: an `AWS::ApiGatewayV2::RouteResponse` is declared.
    pub has_response: bool,
}

/// Where a trigger's group starts when it has committed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// With records that come from now on.
    Latest,
    /// With the oldest record kept.
    TrimHorizon,
}

/// A function that is invoked with batches of Kafka records.
#[derive(Debug, Clone)]
pub struct KafkaTrigger {
    /// Logical id of its event source mapping, as SAM makes it: that of the function, and the event's name.
    pub id: String,
    /// Logical id of the function.
    pub function: String,
    /// The one topic.
    pub topic: String,
    /// ARN of the cluster, given in the event.
    pub cluster_arn: String,
    /// Consumer group.
    pub group: String,
    /// Where to start.
    pub starting_position: StartingPosition,
    /// Records per invocation at most.
    pub batch_size: usize,
    /// How long to gather a batch after its first record. Undeclared is 500 ms.
    pub window: Duration,
    /// Destination topic or queue for abandoned batches, if declared.
    pub on_failure: Option<String>,
    /// How often a failing batch is retried; `None` is until its records expire.
    pub max_retries: Option<u32>,
}

/// A function that is invoked by the clock.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Logical id of the event.
    pub id: String,
    /// Logical id of the function.
    pub function: String,
    /// Time between invocations.
    pub every: Duration,
    /// The event, or `{}`.
    pub input: String,
}

/// A Kafka topic.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Name.
    pub name: String,
    /// Number of partitions.
    pub partitions: i32,
}

/// A DynamoDB table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Logical id; also the physical name of the table.
    pub name: String,
    /// The table's CloudFormation properties, resolved.
    pub properties: serde_json::Value,
}

/// A secret of Secrets Manager.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Logical id.
    pub id: String,
    /// Length of the generated password.
    pub length: usize,
    /// JSON object into which the password goes under this key, if any.
    pub template: Option<(String, String)>,
}
