//! What only containers need: another address to listen on, a health check without a shell, and an AWS elsewhere.

use super::*;

fn health(port: u16) -> Output {
    let mut health = Command::new(env!("CARGO_BIN_EXE_emulator"));
    health.args(["health", "--port", &port.to_string()]);
    health.output().unwrap()
}

#[test]
fn it_listens_where_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let head = "POST /items HTTP/1.1\r\nHost: anything";
    let everywhere = Emulator::start(dir.path(), &["--listen", "0.0.0.0"]);
    assert!(everywhere.address.ip().is_loopback());
    let mut address = everywhere.address;
    address.set_ip([127, 0, 0, 2].into());
    assert_eq!(request(address, head, "hello"), (201, "hello".to_owned()));

    let dir = tempfile::tempdir().unwrap();
    let here = Emulator::start(dir.path(), &[]);
    address.set_port(here.address.port());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn its_health_is_whether_it_serves() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start(dir.path(), &[]);
    let port = emulator.address.port();
    assert!(health(port).status.success());
    emulator.signal(Signal::TERM);
    emulator.child.wait().unwrap();
    let message = said(&health(port));
    assert!(
        message.contains(&format!("no emulator answers at 127.0.0.1:{port}")),
        "{message}"
    );
    // Something else listens there.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 1024];
        let _read = stream.read(&mut head).unwrap();
        write!(
            stream,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        )
        .unwrap();
    });
    let message = said(&health(port));
    assert!(message.contains("answers with 404"), "{message}");
    other.join().unwrap();
}

#[test]
fn what_cannot_be_provisioned_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let provision = |template: &Path, url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emulator"));
        command.args(["provision", "--aws-endpoint", url, "--template"]);
        said(&command.arg(template).output().unwrap())
    };
    let template = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/template.yaml"));
    // Nobody listens on the port of a listener that is gone.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let message = provision(template, &format!("http://{closed}"));
    assert!(message.contains("table Items: "), "{message}");
    assert!(message.contains("Connection refused"), "{message}");
    assert!(provision(template, "localstack").contains("a URL with http or https"));

    let empty = dir.path().join("empty.yaml");
    std::fs::write(&empty, "Resources: {}\n").unwrap();
    let message = provision(&empty, &format!("http://{closed}"));
    assert!(
        message.contains("no table, secret or email identity"),
        "{message}"
    );
}
