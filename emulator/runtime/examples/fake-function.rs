//! A function for the emulator's tests: it does what the event's `op` says.

use std::io::Read;
use std::net::TcpStream;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("FAKE_START").as_deref() == Ok("fails") {
        return Err("the start fails, as asked".into());
    }
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    // A REST request: answered with what arrived.
    if event.get("httpMethod").is_some() {
        return Ok(rest(&event));
    }
    match event["op"].as_str().unwrap_or("echo") {
        "echo" => Ok(event),
        "fail" => Err("asked to fail".into()),
        "exit" => std::process::exit(7),
        "hang" => std::future::pending().await,
        "log" => {
            println!("hello from the function");
            Ok(Value::Null)
        }
        // Calls the test, which sees that it runs and decides how long.
        "call" => {
            let address = event["address"].as_str().unwrap_or_default();
            TcpStream::connect(address)?.read_to_end(&mut Vec::new())?;
            Ok(json!({ "process": std::process::id() }))
        }
        "context" => Ok(json!({
            "process": std::process::id(),
            "request_id": context.request_id,
            "deadline": context.deadline,
            "arn": context.invoked_function_arn,
            "environment": std::env::vars().collect::<std::collections::BTreeMap<_, _>>(),
        })),
        other => Err(format!("no such op: {other}").into()),
    }
}

fn rest(event: &Value) -> Value {
    match event["path"].as_str() {
        Some("/malformed") => json!({ "no": "status code" }),
        _ => json!({
            "statusCode": 201,
            "headers": { "x-single": "one", "Content-Type": "text/plain" },
            "multiValueHeaders": { "Set-Cookie": ["a=1", "b=2"] },
            "body": event["body"],
            "isBase64Encoded": event["isBase64Encoded"],
        }),
    }
}
