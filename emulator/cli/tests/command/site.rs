//! `--site`: what the front door serves beside the APIs.

use std::fs;

use super::*;

const PAGE: &str = "Host: localhost\r\nAccept: text/html";

/// A directory with a site in `dist/` and its headers beside it.
fn built() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let dist = dir.path().join("dist");
    fs::create_dir_all(dist.join("assets")).unwrap();
    fs::create_dir_all(dist.join("items")).unwrap();
    fs::write(dist.join("index.html"), "<p>page").unwrap();
    fs::write(dist.join("assets/app.js"), "script").unwrap();
    fs::write(dist.join("items/file"), "hidden by the REST API").unwrap();
    fs::write(
        dir.path().join("headers.json"),
        r#"{"X-Frame-Options":"DENY"}"#,
    )
    .unwrap();
    dir
}

fn start(dir: &Path) -> Emulator {
    let site = dir.join("dist");
    Emulator::start(&dir.join("data"), &["--site", site.to_str().unwrap()])
}

#[test]
fn the_site_is_beside_the_apis_and_the_console() {
    let dir = built();
    let emulator = start(dir.path());
    let get = |path: &str| {
        let head = format!("GET {path} HTTP/1.1\r\n{PAGE}");
        exchange(emulator.address, &head, "")
    };
    for (path, content) in [
        ("/", "<p>page"),
        ("/any/page", "<p>page"),
        ("/_emulators", "<p>page"),
        ("/assets/app.js", "script"),
    ] {
        let (head, body) = get(path);
        assert!(head.starts_with("HTTP/1.1 200 "), "{path} {head}");
        assert!(head.contains("x-frame-options: DENY"), "{path} {head}");
        assert_eq!(body, content, "{path}");
    }

    // The REST API keeps its paths, its own refusals among them.
    let answer = emulator.request("POST /items HTTP/1.1\r\nHost: localhost", "hello");
    assert_eq!(answer, (201, "hello".to_owned()));
    for path in ["/items", "/items/file"] {
        let (head, body) = get(path);
        assert!(head.starts_with("HTTP/1.1 403 "), "{path} {head}");
        assert!(!head.contains("x-frame-options"), "{path} {head}");
        assert!(
            body.contains("Missing Authentication Token"),
            "{path} {body}"
        );
    }
    // And so does the console.
    let (head, body) = get("/_emulator");
    assert!(
        head.starts_with("HTTP/1.1 200 ") && body.contains("<title>Emulator"),
        "{head}"
    );
    assert!(get("/_emulator/any").0.starts_with("HTTP/1.1 404 "));
    let (head, _) = exchange(
        emulator.address,
        "POST /any HTTP/1.1\r\nHost: localhost",
        "",
    );
    assert!(
        head.starts_with("HTTP/1.1 405 ") && head.contains("allow: GET, HEAD"),
        "{head}"
    );
    let (_, status) = emulator.request("GET /_emulator HTTP/1.1\r\nHost: localhost", "");
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(
        status["endpoints"]["site"],
        format!("http://{}/", emulator.address)
    );
}

#[test]
fn web_sockets_are_beside_the_site() {
    let dir = built();
    let template = std::fs::read_to_string("tests/template.yaml").unwrap();
    let with_socket = dir.path().join("template.yaml");
    let socket = "
  Socket:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.type
      Routes:
        $default:
          FunctionArn: !GetAtt Fake.Arn
";
    fs::write(&with_socket, template + socket).unwrap();
    let mut command = command_for(&with_socket, &dir.path().join("data"));
    let emulator = Emulator::spawn(command.arg("--site").arg(dir.path().join("dist")));
    for path in ["/", "/any/page"] {
        let mut stream = TcpStream::connect(emulator.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .unwrap();
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status).unwrap();
        assert_eq!(status, "HTTP/1.1 101 Switching Protocols\r\n", "{path}");
    }
}

#[test]
fn a_site_that_is_not_there_is_said_and_served_once_it_is() {
    let dir = built();
    let (dist, away) = (dir.path().join("dist"), dir.path().join("away"));
    fs::rename(&dist, &away).unwrap();
    let mut command = command(&dir.path().join("data"));
    command
        .args(["--site-missing", "Run make.", "--site"])
        .arg(&dist)
        .stderr(Stdio::piped());
    let mut emulator = Emulator::spawn(&mut command);
    let mut log = BufReader::new(emulator.child.stderr.take().unwrap()).lines();
    let expected = format!("the site at {} is not built", dist.display());
    assert!(log.any(|line| line.unwrap().contains(&expected)));
    let head = format!("GET / HTTP/1.1\r\n{PAGE}");
    let (status, page) = emulator.request(&head, "");
    assert_eq!(status, 404);
    assert!(page.contains("is not built. Run make."), "{page}");
    let answer = emulator.request("POST /items HTTP/1.1\r\nHost: localhost", "hello");
    assert_eq!(answer, (201, "hello".to_owned()));
    fs::rename(&away, &dist).unwrap();
    assert_eq!(emulator.request(&head, ""), (200, "<p>page".to_owned()));
}

#[test]
fn headers_that_are_wrong_stop_the_start() {
    let dir = built();
    let start = |arguments: &[&str]| {
        let mut command = command(&dir.path().join("data"));
        let command = command.args(["--port", "0", "--site"]);
        said(
            &command
                .arg(dir.path().join("dist"))
                .args(arguments)
                .output()
                .unwrap(),
        )
    };
    let message = start(&["--site-headers", "/nowhere/headers.json"]);
    assert!(message.contains("/nowhere/headers.json"), "{message}");
    fs::write(dir.path().join("headers.json"), r#"{"X-A":1}"#).unwrap();
    let message = start(&[]);
    assert!(
        message.contains("headers.json") && message.contains("\"X-A\""),
        "{message}"
    );
    let output = command(dir.path())
        .args(["--site-headers", "x"])
        .output()
        .unwrap();
    assert!(said(&output).contains("--site <DIR>"));
}
