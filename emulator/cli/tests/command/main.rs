//! The emulator as a command: how it starts, what it says, and that it leaves nothing behind.

#![expect(clippy::unwrap_used, reason = "tests, and what only tests call")]

mod check;
mod containers;
mod replays;
mod schedules;
mod site;
mod topics;
mod triggers;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// A running emulator, killed at the end of a test that fails.
struct Emulator {
    child: Child,
    address: SocketAddr,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the emulator can't be ended: {error}");
        }
    }
}

impl Emulator {
    fn start(data_dir: &Path, arguments: &[&str]) -> Self {
        Self::spawn(command(data_dir).args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .args(["--port", "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("ready http://").unwrap();
        Self {
            address: address.parse().unwrap(),
            child,
        }
    }

    fn request(&self, head: &str, body: &str) -> (u16, String) {
        request(self.address, head, body)
    }

    fn status(&self) -> Value {
        let (_, status) = self.request("GET /_emulator HTTP/1.1\r\nHost: localhost", "");
        serde_json::from_str(&status).unwrap()
    }

    fn invoke(&self, event: &Value) -> (u16, String) {
        let path = "/_emulator/functions/called-function/invoke";
        self.request(
            &format!("POST {path} HTTP/1.1\r\nHost: localhost"),
            &event.to_string(),
        )
    }

    /// Invokes so that the function is at work for as long as the stream is open; its process id too.
    fn hold(&self) -> (TcpStream, i32) {
        let (_, context) = self.invoke(&json!({"op": "context"}));
        let context: Value = serde_json::from_str(&context).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let event = json!({"op": "call", "address": listener.local_addr().unwrap().to_string()});
        let mut stream = TcpStream::connect(self.address).unwrap();
        let (body, path) = (event.to_string(), "/_emulator/functions/Fake/invoke");
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let (call, _) = listener.accept().unwrap();
        (
            call,
            i32::try_from(context["process"].as_i64().unwrap()).unwrap(),
        )
    }

    /// The process that ends all others should the emulator be killed.
    fn reaper(&self) -> Option<i32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let children = tasks
            .map_while(Result::ok)
            .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
            .collect::<String>();
        let mut children = children.split_whitespace();
        let is_reaper = |child: &&str| {
            let line = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            line.ends_with(b"\0--reap\0")
        };
        children.find(is_reaper).map(|child| child.parse().unwrap())
    }

    fn signal(&self, signal: Signal) {
        send(i32::try_from(self.child.id()).unwrap(), signal);
    }
}

fn send(process: i32, signal: Signal) {
    kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
}

fn request(address: SocketAddr, head: &str, body: &str) -> (u16, String) {
    let (head, body) = exchange(address, head, body);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body)
}

/// Sends a request; the head and the body of the answer.
fn exchange(address: SocketAddr, head: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn command(data_dir: &Path) -> Command {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/template.yaml");
    command_for(Path::new(template), data_dir)
}

fn command_for(template: &Path, data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emulator"));
    command
        .arg("--template")
        .arg(template)
        .arg("--bin-dir")
        .arg(bin_dir())
        .arg("--data-dir")
        .arg(data_dir);
    command
}

fn bin_dir() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples")
}

fn said(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits for the function's end of a connection to close, which the end of its process does.
fn wait_for_end(mut call: TcpStream) {
    let mut rest = Vec::new();
    match call.read_to_end(&mut rest) {
        Ok(_) => assert!(rest.is_empty()),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
}

fn is_gone(pid: i32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn a_request_reaches_the_function() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &[]);
    let answer = emulator.request("POST /items HTTP/1.1\r\nHost: localhost", "hello");
    assert_eq!(answer, (201, "hello".to_owned()));
}

#[test]
fn signals_stop_it_and_all_processes() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = tempfile::tempdir().unwrap();
        let mut emulator = Emulator::start(dir.path(), &[]);
        let (call, pid) = emulator.hold();
        emulator.signal(signal);
        assert!(emulator.child.wait().unwrap().success());
        assert!(is_gone(pid), "{signal:?}");
        wait_for_end(call);
    }
}

#[test]
fn the_end_of_standard_input_stops_it_where_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start(dir.path(), &["--stop-on-stdin-close"]);
    let (_call, pid) = emulator.hold();
    drop(emulator.child.stdin.take());
    assert!(emulator.child.wait().unwrap().success());
    assert!(is_gone(pid));
}

#[test]
fn a_signal_beside_the_end_of_standard_input_is_no_second_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = command(dir.path());
    command.arg("--stop-on-stdin-close").stderr(Stdio::piped());
    let mut emulator = Emulator::spawn(&mut command);
    let (call, _) = emulator.hold();
    let mut log = BufReader::new(emulator.child.stderr.take().unwrap()).lines();
    let mut lines = log.by_ref().map(Result::unwrap);
    drop(emulator.child.stdin.take());
    assert!(lines.any(|line| line.contains("stopping, a second Ctrl-C ends at once")));
    emulator.signal(Signal::INT);
    drop(call);
    assert!(!lines.any(|line| line.contains("ended at once")));
    assert!(emulator.child.wait().unwrap().success());
}

#[test]
fn functions_at_work_end_even_if_it_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start(dir.path(), &[]);
    let (call, _) = emulator.hold();
    emulator.signal(Signal::KILL);
    assert!(!emulator.child.wait().unwrap().success());
    wait_for_end(call);
    // And the data directory is free again.
    Emulator::start(dir.path(), &[]);
}

#[test]
fn a_reaper_that_was_killed_is_started_anew_and_knows_what_runs() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start(dir.path(), &[]);
    let (call, _) = emulator.hold();
    for _ in 0..2 {
        let first = emulator.reaper().unwrap();
        send(first, Signal::KILL);
        while emulator.reaper().is_none_or(|reaper| reaper == first) {
            std::thread::yield_now();
        }
    }
    emulator.signal(Signal::KILL);
    assert!(!emulator.child.wait().unwrap().success());
    wait_for_end(call);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::spawn(command(dir.path()).stderr(Stdio::piped()));
    let (call, pid) = emulator.hold();
    let mut log = BufReader::new(emulator.child.stderr.take().unwrap()).lines();
    let mut wait_for = |text: &str| log.any(|line| line.unwrap().contains(text));
    emulator.signal(Signal::INT);
    assert!(wait_for("stopping, a second Ctrl-C ends at once"));
    emulator.signal(Signal::INT);
    assert!(wait_for("ended at once"));
    assert!(emulator.child.wait().unwrap().success());
    wait_for_end(call);
    assert!(is_gone(pid));
}

#[test]
fn both_addresses_of_localhost_answer() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &[]);
    let port = emulator.address.port();
    if TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let mut stream = TcpStream::connect(("::1", port)).unwrap();
    write!(
        stream,
        "POST /items HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi"
    )
    .unwrap();
    // A client may close its side while it waits for the answer.
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 201 ") && answer.ends_with("hi"),
        "{answer}"
    );
}

#[test]
fn a_busy_port_and_a_directory_in_use_are_said() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &[]);
    let port = emulator.address.port().to_string();

    let other = tempfile::tempdir().unwrap();
    let output = command(other.path())
        .args(["--port", &port])
        .output()
        .unwrap();
    let message = said(&output);
    assert!(
        message.contains(&format!("port {port} is not free")),
        "{message}"
    );

    let output = command(dir.path()).args(["--port", "0"]).output().unwrap();
    let message = said(&output);
    assert!(message.contains("in use by another emulator"), "{message}");
}

#[test]
fn a_table_with_another_key_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start(dir.path(), &[]);
    emulator.signal(Signal::TERM);
    emulator.child.wait().unwrap();

    let template = std::fs::read_to_string("tests/template.yaml").unwrap();
    let changed = dir.path().join("changed.yaml");
    std::fs::write(&changed, template.replace("pk", "id")).unwrap();
    let output = command_for(&changed, dir.path())
        .args(["--port", "0"])
        .output()
        .unwrap();
    let message = said(&output);
    assert!(
        message.contains("table Items exists with another key"),
        "{message}"
    );
}

#[test]
fn the_status_is_a_page_and_json() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &[]);
    emulator.invoke(&json!({"op": "echo"}));
    let (status, json) = emulator.request("GET /_emulator HTTP/1.1\r\nHost: localhost", "");
    assert_eq!(status, 200);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["functions"][0]["name"], "called-function");
    assert_eq!(
        json["endpoints"]["rest"],
        format!("http://{}", emulator.address)
    );
    let accept = "GET /_emulator HTTP/1.1\r\nHost: localhost\r\nAccept: text/html";
    let (status, page) = emulator.request(accept, "");
    assert_eq!(status, 200);
    assert!(page.starts_with("<!doctype html>"));
}

#[test]
fn a_trigger_has_a_consumer_for_each_partition_and_is_rebalanced() {
    let consumers = |emulator: &Emulator| {
        let status = emulator.status();
        let consumers = status["triggers"][0]["consumers"].as_array().unwrap();
        let partitions = consumers.iter().map(|one| one["partitions"].clone());
        Value::from_iter(partitions)
    };
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &["--parameter", "Partitions=2"]);
    assert_eq!(consumers(&emulator), json!([[0], [1]]));
    let rebalance = |trigger: &str, body: &str| {
        let path = format!("/_emulator/triggers/{trigger}/rebalance");
        emulator.request(&format!("POST {path} HTTP/1.1\r\nHost: localhost"), body)
    };
    let one = (200, r#"{"consumers":1}"#.to_owned());
    assert_eq!(rebalance("FakeOrder", r#"{"consumers":1}"#), one);
    assert_eq!(consumers(&emulator), json!([[0, 1]]));
    assert_eq!(rebalance("FakeOrder", ""), one);
    for (trigger, body, refused, reason) in [
        ("FakeOrder", r#"{"consumers":0}"#, 400, "from 1 to 2"),
        ("FakeOrder", r#"{"consumers":3}"#, 400, "from 1 to 2"),
        ("FakeOrder", r#"{"consumer":1}"#, 400, "unknown field"),
        ("Other", "", 404, "no such Kafka trigger"),
    ] {
        let (status, answer) = rebalance(trigger, body);
        assert_eq!(status, refused, "{answer}");
        assert!(answer.contains(reason), "{answer}");
    }

    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &["--consumers-per-trigger", "2"]);
    assert_eq!(consumers(&emulator), json!([[0], [1, 2]]));
}

#[test]
fn the_aws_services_answer_clients_of_this_machine_only() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &["--allow-host", "host.docker.internal"]);
    let (_, status) = emulator.request("GET /_emulator HTTP/1.1\r\nHost: host.docker.internal", "");
    let status: Value = serde_json::from_str(&status).unwrap();
    let aws = status["endpoints"]["aws"].as_str().unwrap();
    let aws: SocketAddr = aws.strip_prefix("http://").unwrap().parse().unwrap();
    let secret = |headers: &str| {
        let head = format!(
            "POST / HTTP/1.1\r\n{headers}\r\nX-Amz-Target: secretsmanager.GetSecretValue\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=x"
        );
        request(aws, &head, r#"{"SecretId":"Key"}"#).0
    };
    assert_eq!(secret("Host: 127.0.0.1"), 200);
    assert_eq!(secret("Host: host.docker.internal:4566"), 200);
    assert_eq!(secret("Host: evil.example"), 403);
    assert_eq!(
        secret("Host: 127.0.0.1\r\nOrigin: https://evil.example"),
        403
    );
    assert_eq!(secret("Host: 127.0.0.1\r\nOrigin: null"), 403);
}

#[test]
fn functions_can_be_invoked_and_killed_from_this_machine_only() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &[]);
    let (status, answer) = emulator.invoke(&json!({"op": "echo", "x": 1}));
    assert_eq!((status, answer.as_str()), (200, r#"{"op":"echo","x":1}"#));
    let (status, answer) = emulator.invoke(&json!({"op": "fail"}));
    assert_eq!(status, 502);
    assert!(answer.contains("asked to fail"), "{answer}");

    let kill = "POST /_emulator/functions/called-function/kill HTTP/1.1";
    let (status, answer) = emulator.request(&format!("{kill}\r\nHost: localhost"), "");
    assert_eq!(status, 200);
    assert!(answer.contains("killed"), "{answer}");
    for foreign in [
        "Host: evil.example",
        "Host: localhost\r\nOrigin: https://evil.example",
        "X-No: host",
    ] {
        assert_eq!(emulator.request(&format!("{kill}\r\n{foreign}"), "").0, 403);
        for path in [
            "/_emulator",
            "/_emulator/",
            "/_emulator?format=json",
            "/_emulator/outbox",
        ] {
            let (status, _) = emulator.request(&format!("GET {path} HTTP/1.1\r\n{foreign}"), "");
            assert_eq!(status, 403, "{path} {foreign}");
        }
    }
    let unknown = "POST /_emulator/functions/nothing/kill HTTP/1.1\r\nHost: localhost";
    assert_eq!(emulator.request(unknown, "").0, 404);
}
