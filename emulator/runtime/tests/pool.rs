//! Functions as the emulator runs them: real processes that speak the real Runtime API.

#![expect(clippy::unwrap_used, reason = "tests, and what only tests call")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use emulator_runtime::{
    FunctionStatus, Invoke, InvokeError, Pool, RuntimeOptions, StartError, Supervisor,
};
use emulator_template::model::{AsyncPolicy, Function};
use indexmap::IndexMap;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

/// Long enough that no machine reaches it unless something is wrong.
const LONG: Duration = Duration::from_secs(60);

fn bin_dir() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples")
}

fn options() -> RuntimeOptions {
    RuntimeOptions {
        bin_dir: bin_dir(),
        environment: IndexMap::new(),
        endpoints: Default::default(),
        idle: LONG,
        init: LONG,
    }
}

async fn pool(concurrency: usize, timeout: Duration) -> Arc<Pool> {
    pool_with(concurrency, timeout, options()).await
}

async fn pool_with(concurrency: usize, timeout: Duration, options: RuntimeOptions) -> Arc<Pool> {
    let function = Function {
        id: "F".into(),
        binary: "fake-function".into(),
        memory_mb: 256,
        timeout,
        concurrency,
        environment: [("FROM_TEMPLATE".to_owned(), "yes".to_owned())].into(),
        asynchronous: AsyncPolicy::default(),
    };
    start(function, options).await.unwrap()
}

async fn start(function: Function, options: RuntimeOptions) -> Result<Arc<Pool>, StartError> {
    let supervisor = Supervisor::start(None)?;
    Pool::start(&[("F".to_owned(), function)].into(), &options, &supervisor).await
}

async fn invoke(pool: &Pool, event: Value) -> Result<Value, InvokeError> {
    let answer = pool.invoke("F", Bytes::from(event.to_string())).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

fn status(pool: &Pool) -> FunctionStatus {
    pool.status().remove(0)
}

/// Invokes so that the function calls the listener, and holds its process until the call is dropped.
fn invoke_held(
    pool: &Arc<Pool>,
    listener: &TcpListener,
) -> tokio::task::JoinHandle<Result<Value, InvokeError>> {
    let event = json!({"op": "call", "address": listener.local_addr().unwrap().to_string()});
    let pool = pool.clone();
    tokio::spawn(async move { invoke(&pool, event).await })
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn call(listener: &TcpListener) -> TcpStream {
    listener.accept().await.unwrap().0
}

/// A process that has ended is gone, or waits to be reaped by whoever started it.
fn is_running(pid: &Value) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[tokio::test]
async fn events_and_answers_pass_unchanged() {
    let pool = pool(1, LONG).await;
    let event = json!({"op": "echo", "text": "ä".repeat(100_000)});
    assert_eq!(invoke(&pool, event.clone()).await.unwrap(), event);
    pool.shutdown().await;
}

#[tokio::test]
async fn a_process_gets_what_lambda_and_the_template_give_and_nothing_else() {
    let pool = pool(1, LONG).await;
    let context = invoke(&pool, json!({"op": "context"})).await.unwrap();
    let environment = context["environment"].as_object().unwrap();
    assert_eq!(environment["FROM_TEMPLATE"], "yes");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "F");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    // Cargo sets this for the test itself.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!environment.contains_key("CARGO_MANIFEST_DIR"));
    assert_eq!(
        context["arn"],
        "arn:aws:lambda:eu-central-1:123456789012:function:F"
    );
    pool.shutdown().await;
}

#[tokio::test]
async fn a_process_is_used_again() {
    let pool = pool(5, LONG).await;
    let first = invoke(&pool, json!({"op": "context"})).await.unwrap();
    let second = invoke(&pool, json!({"op": "context"})).await.unwrap();
    assert_eq!(first["process"], second["process"]);
    assert_ne!(first["request_id"], second["request_id"]);
    assert_eq!(status(&pool).cold_starts, 1);
    assert_eq!(status(&pool).invocations, 2);
    pool.shutdown().await;
}

#[tokio::test]
async fn invocations_at_once_get_processes_of_their_own_up_to_the_concurrency() {
    let (pool, listener) = (pool(2, LONG).await, listen().await);
    let held = [0, 1, 2].map(|_| invoke_held(&pool, &listener));
    let (first, second) = (call(&listener).await, call(&listener).await);
    assert_eq!((status(&pool).running, status(&pool).waiting), (2, 1));
    let refused = pool.invoke_now("F", Bytes::from_static(b"{}")).await;
    assert!(matches!(refused, Err(InvokeError::Throttled(_))));

    drop(first);
    let third = call(&listener).await;
    drop((second, third));
    let mut processes = Vec::new();
    for held in held {
        processes.push(held.await.unwrap().unwrap()["process"].as_u64().unwrap());
    }
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 2);
    assert_eq!(status(&pool).throttles, 1);
    pool.shutdown().await;
}

#[tokio::test]
async fn an_error_of_the_function_is_reported_and_its_process_kept() {
    let pool = pool(1, LONG).await;
    let error = invoke(&pool, json!({"op": "fail"})).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Failed { message, .. } if message == "asked to fail"));
    invoke(&pool, json!({"op": "echo"})).await.unwrap();
    let status = status(&pool);
    assert_eq!((status.errors, status.cold_starts), (1, 1));
    pool.shutdown().await;
}

#[tokio::test]
async fn a_crash_is_reported_and_the_next_invocation_gets_a_new_process() {
    let pool = pool(1, LONG).await;
    let before = invoke(&pool, json!({"op": "context"})).await.unwrap();
    let error = invoke(&pool, json!({"op": "exit"})).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Crashed { status, .. } if status == "exit status: 7"));
    let after = invoke(&pool, json!({"op": "context"})).await.unwrap();
    assert_ne!(before["process"], after["process"]);
    let status = status(&pool);
    assert_eq!((status.crashes, status.cold_starts), (1, 2));
    pool.shutdown().await;
}

#[tokio::test]
async fn a_timeout_ends_the_process() {
    let pool = pool(1, Duration::from_secs(1)).await;
    let error = invoke(&pool, json!({"op": "hang"})).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut { seconds: 1, .. }));
    let status = status(&pool);
    assert_eq!((status.timeouts, status.cold_starts), (1, 1));
    assert_eq!((status.running, status.idle), (0, 0));
    pool.shutdown().await;
}

#[tokio::test]
async fn a_failing_start_is_reported_with_its_reason() {
    let mut options = options();
    options
        .environment
        .insert("FAKE_START".into(), "fails".into());
    let pool = pool_with(1, LONG, options).await;
    let error = invoke(&pool, json!({"op": "echo"})).await.unwrap_err();
    assert!(
        matches!(&error, InvokeError::Failed { error_type, .. } if error_type == "Runtime.InitError")
    );
    pool.shutdown().await;
}

#[tokio::test]
async fn killing_a_function_ends_all_its_processes() {
    let (pool, listener) = (pool(3, LONG).await, listen().await);
    let held = invoke_held(&pool, &listener);
    let _call = call(&listener).await;
    let idle = invoke(&pool, json!({"op": "context"})).await.unwrap();
    assert_eq!(pool.kill("F").await, 2);
    assert!(!is_running(&idle["process"]));
    let error = held.await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::Crashed { .. }), "{error}");
    invoke(&pool, json!({"op": "echo"})).await.unwrap();
    pool.shutdown().await;
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_take_the_process_along() {
    let (pool, listener) = (pool(1, LONG).await, listen().await);
    let held = invoke_held(&pool, &listener);
    let call = call(&listener).await;
    held.abort();
    assert!(held.await.is_err());
    drop(call);
    invoke(&pool, json!({"op": "echo"})).await.unwrap();
    let status = status(&pool);
    assert_eq!((status.cold_starts, status.invocations), (1, 2));
    pool.shutdown().await;
}

#[tokio::test]
async fn stopping_ends_every_process_and_every_invocation() {
    let (pool, listener) = (pool(2, LONG).await, listen().await);
    let idle = invoke(&pool, json!({"op": "context"})).await.unwrap();
    let held = invoke_held(&pool, &listener);
    let _call = call(&listener).await;
    pool.shutdown().await;
    assert!(!is_running(&idle["process"]));
    assert!(matches!(held.await.unwrap(), Err(InvokeError::Stopping)));
    let late = invoke(&pool, json!({"op": "echo"})).await;
    assert!(matches!(late, Err(InvokeError::Stopping)));
}

#[tokio::test]
async fn idle_processes_are_stopped_after_a_while() {
    let options = RuntimeOptions {
        idle: Duration::from_millis(20),
        ..options()
    };
    let pool = pool_with(1, LONG, options).await;
    invoke(&pool, json!({"op": "echo"})).await.unwrap();
    while status(&pool).idle > 0 {
        tokio::task::yield_now().await;
    }
    invoke(&pool, json!({"op": "echo"})).await.unwrap();
    assert_eq!(status(&pool).cold_starts, 2);
    pool.shutdown().await;
}

/// A build of the function, put where the emulator looks for it as a linker does. A file that this process had written itself
/// might be inherited open for writing by what another test starts, and could not be run.
async fn build(dir: &std::path::Path) {
    let (fresh, binary) = (dir.join("fresh"), dir.join("fake-function"));
    let mut copy = tokio::process::Command::new("cp");
    let copied = copy
        .arg(bin_dir().join("fake-function"))
        .arg(&fresh)
        .status();
    assert!(copied.await.unwrap().success());
    std::fs::rename(fresh, binary).unwrap();
}

#[tokio::test]
async fn a_binary_that_was_rebuilt_is_run_from_the_next_invocation_on() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path()).await;
    let options = RuntimeOptions {
        bin_dir: dir.path().to_owned(),
        ..options()
    };
    let (pool, listener) = (pool_with(3, LONG, options).await, listen().await);
    let process =
        async || invoke(&pool, json!({"op": "context"})).await.unwrap()["process"].clone();
    let first = process().await;
    // Built while one invocation is at work, which goes on.
    let held = invoke_held(&pool, &listener);
    let call = call(&listener).await;
    let beside = process().await;
    build(dir.path()).await;
    let second = process().await;
    assert!(second != first && second != beside);
    assert_eq!(process().await, second);
    drop(call);
    assert_eq!(held.await.unwrap().unwrap()["process"], first);
    assert_eq!(process().await, second);
    assert_eq!(status(&pool).cold_starts, 3);

    // A linker that is about to write it is waited for.
    std::fs::rename(dir.path().join("fake-function"), dir.path().join("away")).unwrap();
    assert_eq!(process().await, second);
    pool.shutdown().await;
}

#[tokio::test]
async fn events_above_6_mb_are_refused() {
    let pool = pool(1, LONG).await;
    let event = json!({ "text": "a".repeat(6 * 1024 * 1024) });
    let error = invoke(&pool, event).await.unwrap_err();
    assert!(error.to_string().contains("RequestTooLargeException"));
    pool.shutdown().await;
}

#[tokio::test]
async fn missing_binaries_are_named_with_what_to_do() {
    let options = RuntimeOptions {
        bin_dir: "/nowhere".into(),
        ..options()
    };
    let function = Function {
        id: "F".into(),
        binary: "fake-function".into(),
        memory_mb: 128,
        timeout: LONG,
        concurrency: 1,
        environment: IndexMap::new(),
        asynchronous: AsyncPolicy::default(),
    };
    let Err(error) = start(function, options).await else {
        panic!("it starts");
    };
    insta::assert_snapshot!(error, @"/nowhere has no fake-function: build with `cargo build --workspace --bins`, or name another --bin-dir");
}
