//! One client's connection, and that to the broker which stands behind it.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt, TryStreamExt};
use kafka_protocol::messages::{ApiKey, FindCoordinatorResponse, MetadataResponse};
use kafka_protocol::protocol::StrBytes;
use tokio::net::TcpStream;

use super::Shared;
use super::protocol::{Frames, RequestStart, client_id, frames, read_response, response};
use super::refusal::refuse;

type Sink = SplitSink<Frames, Bytes>;

/// Both connections, and which answers of the broker name its address.
pub(super) struct Connection<'a> {
    shared: &'a Shared,
    requests: SplitStream<Frames>,
    to_client: tokio::sync::Mutex<Sink>,
    answers: SplitStream<Frames>,
    to_broker: Sink,
    addressed: Mutex<HashMap<i32, RequestStart>>,
}

impl<'a> Connection<'a> {
    pub fn new(client: TcpStream, broker: TcpStream, shared: &'a Shared) -> io::Result<Self> {
        client.set_nodelay(true)?;
        broker.set_nodelay(true)?;
        let (to_client, requests) = frames(client).split();
        let (to_broker, answers) = frames(broker).split();
        Ok(Self {
            shared,
            requests,
            to_client: tokio::sync::Mutex::new(to_client),
            answers,
            to_broker,
            addressed: Mutex::default(),
        })
    }

    /// Until either of them ends the connection.
    pub async fn serve(self) -> io::Result<()> {
        let Self {
            shared,
            mut requests,
            to_client,
            mut answers,
            mut to_broker,
            addressed,
        } = self;
        let ask = async {
            while let Some(request) = requests.try_next().await? {
                match answer(shared, &addressed, &request)? {
                    Some(answer) => to_client.lock().await.send(answer).await?,
                    None => to_broker.send(request.freeze()).await?,
                }
            }
            Ok(())
        };
        let answer = async {
            while let Some(answer) = answers.try_next().await? {
                let answer = readdress(shared.advertised, &addressed, answer)?;
                to_client.lock().await.send(answer).await?;
            }
            Ok(())
        };
        tokio::select! { ended = ask => ended, ended = answer => ended }
    }
}

type Addressed = Mutex<HashMap<i32, RequestStart>>;

fn lock(addressed: &Addressed) -> MutexGuard<'_, HashMap<i32, RequestStart>> {
    addressed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is answered here; what the broker answers is `None`. As every broker does, it ends the connection of a client that asks for
/// what is not there.
fn answer(shared: &Shared, addressed: &Addressed, request: &BytesMut) -> io::Result<Option<Bytes>> {
    let start = RequestStart::of(request)?;
    if start.api == ApiKey::ApiVersions as i16 {
        let (versions, version) = shared.apis.response(start.version);
        return response(RequestStart { version, ..start }, &versions).map(Some);
    }
    if !shared.apis.have(start.api, start.version) {
        shared
            .apis
            .miss(start.api, start.version, &client_id(request));
        return Err(io::ErrorKind::Unsupported.into());
    }
    if names_address(start.api) {
        lock(addressed).insert(start.correlation, start);
    }
    refuse(start, request)
}

fn names_address(api: i16) -> bool {
    [ApiKey::Metadata as i16, ApiKey::FindCoordinator as i16].contains(&api)
}

/// The answer, with this address as the one broker's.
fn readdress(advertised: SocketAddr, addressed: &Addressed, answer: BytesMut) -> io::Result<Bytes> {
    let correlation = bytes::Buf::try_get_i32(&mut answer.as_ref())?;
    let Some(start) = lock(addressed).remove(&correlation) else {
        return Ok(answer.freeze());
    };
    let host = StrBytes::from_string(advertised.ip().to_string());
    let port = i32::from(advertised.port());
    if start.api == ApiKey::Metadata as i16 {
        let mut metadata: MetadataResponse = read_response(answer, start.version)?;
        for broker in &mut metadata.brokers {
            (broker.host, broker.port) = (host.clone(), port);
            // The mock names none that there is, and admin clients wait for one.
            metadata.controller_id = broker.node_id;
        }
        return response(start, &metadata);
    }
    let mut found: FindCoordinatorResponse = read_response(answer, start.version)?;
    if found.error_code == 0 {
        (found.host, found.port) = (host, port);
    }
    response(start, &found)
}
