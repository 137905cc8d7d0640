//! What a post costs the sender: CPU of the client's thread alone, kernel included, against a server
//! in a thread of its own on loopback. Prints microseconds a post; `docs/adr/0005-push-client.md` keeps
//! the figures.
//!
//! `cargo bench -p messaging --bench push [-- posts]`

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use feed::{ConnectionId, Frame, Push as _};
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Empty};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use messaging::push::PushClient;

const CONNECTIONS: usize = 1_000;
const IN_FLIGHT: usize = 64;
/// As long as the session token that Lambda gives a function, roughly.
const TOKEN_BYTES: usize = 900;

fn main() {
    let posts = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(200_000);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime starts");
    let server = start_server();
    for (name, bytes) in [("400 B", 400), ("31 KiB", 31 * 1024)] {
        let frame = Frame::new(vec![b'x'; bytes]);
        runtime.block_on(post(server, &frame, posts / 10));
        let (wall, cpu) = runtime.block_on(async {
            let (start, cpu) = (Instant::now(), thread_cpu());
            post(server, &frame, posts).await;
            (start.elapsed(), thread_cpu() - cpu)
        });
        report(&format!("post of {name}, one body shared"), posts, cpu);
        println!(
            "    {:.0} posts/s by the clock",
            posts as f64 / wall.as_secs_f64()
        );
    }
}

fn report(what: &str, times: usize, cpu: Duration) {
    println!(
        "{what}: {:.1} us of CPU",
        cpu.as_secs_f64() * 1e6 / times as f64
    );
}

/// CPU time of this thread, from the scheduler (Linux).
fn thread_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux has schedstat");
    let first = text.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(first.expect("the first field is a number of nanoseconds"))
}

fn credentials() -> Credentials {
    Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        Some("t".repeat(TOKEN_BYTES)),
        None,
        "bench",
    )
}

async fn post(server: SocketAddr, frame: &Frame, posts: usize) {
    let provider = SharedCredentialsProvider::new(credentials());
    let endpoint = format!("http://{server}/live")
        .parse()
        .expect("a valid endpoint");
    let client = PushClient::new(endpoint, "eu-central-1", provider);
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|n| ConnectionId(format!("L0SM9cOFvHc{n:04}=").into()))
        .collect();
    stream::iter(0..posts)
        .for_each_concurrent(IN_FLIGHT, |n| {
            let (client, connection) = (&client, &connections[n % CONNECTIONS]);
            async move {
                client
                    .push(connection, frame, Duration::ZERO)
                    .await
                    .expect("posted");
            }
        })
        .await;
}

fn start_server() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    listener
        .set_nonblocking(true)
        .expect("a socket can be non-blocking");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime starts").block_on(serve(listener));
    });
    address
}

async fn serve(listener: std::net::TcpListener) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("it is non-blocking");
    let http = Arc::new(hyper::server::conn::http1::Builder::new());
    loop {
        let (stream, _) = listener.accept().await.expect("connections arrive");
        let http = Arc::clone(&http);
        tokio::spawn(async move {
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| async {
                let mut body = request.into_body();
                while let Some(frame) = body.frame().await {
                    frame.expect("the body arrives");
                }
                Ok::<_, Infallible>(http::Response::new(Empty::<Bytes>::new()))
            });
            // The client drops its connections at the end of a run.
            if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("server: {error}");
            }
        });
    }
}
