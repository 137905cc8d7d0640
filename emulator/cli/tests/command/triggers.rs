//! `emulator triggers`: Kafka's records invoke functions that something else runs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use emulator_kafka::{Broker, ClientOptions};
use emulator_template::model::Topic;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);
const INVOCATIONS: &str = "/2015-03-31/functions/shop-Fake-1A2B3C4D5E6F/invocations";

/// A Lambda API with one function of the stack `shop`, which fails as often as it is told to.
struct Lambda {
    url: String,
    events: Receiver<Value>,
    failures: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Function {
    events: Arc<Mutex<Sender<Value>>>,
    failures: Arc<AtomicUsize>,
}

impl Lambda {
    async fn start() -> Self {
        let (events, invoked) = channel();
        let failures = Arc::new(AtomicUsize::new(0));
        let function = Function {
            events: Arc::new(Mutex::new(events)),
            failures: Arc::clone(&failures),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(function);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            events: invoked,
            failures,
        }
    }

    /// The values of the records of the next invocation.
    fn next(&self) -> Vec<String> {
        let event = self.events.recv_timeout(PATIENCE).unwrap();
        assert_eq!(event["eventSource"], "aws:kafka");
        let partitions = event["records"].as_object().unwrap().values();
        let records = partitions.flat_map(|records| records.as_array().unwrap());
        records
            .map(|record| record["value"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn answer(
    State(function): State<Function>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    if method == Method::GET {
        let names = ["shop-Fake-1A2B3C4D5E6F", "shop-Other-1A2B3C4D5E6F"];
        let functions = names.map(|name| json!({"FunctionName": name}));
        return axum::Json(json!({"Functions": functions})).into_response();
    }
    assert_eq!((method, uri.path()), (Method::POST, INVOCATIONS));
    let event = serde_json::from_slice(&body).unwrap();
    function.events.lock().unwrap().send(event).unwrap();
    let fails = |left: usize| left.checked_sub(1);
    let failing = function
        .failures
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails);
    if failing.is_ok() {
        let failure = json!({"errorType": "Broken", "errorMessage": "asked to fail"});
        return ([("x-amz-function-error", "Unhandled")], axum::Json(failure)).into_response();
    }
    axum::Json(Value::Null).into_response()
}

async fn broker() -> Broker {
    let broker = Broker::embedded(ClientOptions::default()).await.unwrap();
    let orders = Topic {
        name: "orders".to_owned(),
        partitions: 3,
    };
    broker.create_topics(&[orders]).await.unwrap();
    broker
}

fn produce(broker: &Broker, value: &str) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker.bootstrap_servers())
        .create()
        .unwrap();
    let record = BaseRecord::<(), _>::to("orders")
        .partition(1)
        .payload(value);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
}

fn triggers(kafka: &str, lambda: &str, stack: &str) -> Command {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/template.yaml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_emulator"));
    command
        .args(["triggers", "--template", template, "--kafka", kafka])
        .args(["--functions-endpoint", lambda, "--stack", stack])
        .envs([
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Pollers that are ready; killed at the end of a test that fails.
struct Pollers(Child);

impl Pollers {
    fn start(broker: &Broker, lambda: &Lambda) -> Self {
        let mut command = triggers(broker.bootstrap_servers(), &lambda.url, "shop");
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }

    fn stop(mut self) {
        send(i32::try_from(self.0.id()).unwrap(), Signal::TERM);
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Pollers {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait()) {
            eprintln!("the pollers can't be ended: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_invoke_the_deployed_function_until_it_succeeds() {
    let (broker, lambda) = (broker().await, Lambda::start().await);
    let pollers = Pollers::start(&broker, &lambda);
    lambda.failures.store(2, Ordering::SeqCst);
    produce(&broker, "first");
    for _ in 0..3 {
        assert_eq!(lambda.next(), ["Zmlyc3Q="]);
    }
    // What was delivered is committed: after a restart, only what came meanwhile is.
    produce(&broker, "second");
    assert_eq!(lambda.next(), ["c2Vjb25k"]);
    pollers.stop();
    produce(&broker, "third");
    let pollers = Pollers::start(&broker, &lambda);
    assert_eq!(lambda.next(), ["dGhpcmQ="]);
    pollers.stop();
}

fn refusal(kafka: &str, lambda: &str, stack: &str) -> String {
    let output = triggers(kafka, lambda, stack).output().unwrap();
    assert!(output.stdout.is_empty());
    said(&output)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_before_anything_is_polled() {
    let (broker, lambda) = (broker().await, Lambda::start().await);
    let kafka = broker.bootstrap_servers();
    let said = refusal(kafka, &lambda.url, "bakery");
    assert!(
        said.contains("no function of the stack bakery for Fake"),
        "{said}"
    );
    let nobody = "http://127.0.0.1:1";
    let said = refusal(kafka, nobody, "shop");
    assert!(
        said.contains(nobody) && said.contains("Is the URL right"),
        "{said}"
    );
    let said = refusal("127.0.0.1:1", &lambda.url, "shop");
    assert!(
        said.contains("no Kafka broker answers at 127.0.0.1:1"),
        "{said}"
    );
}
