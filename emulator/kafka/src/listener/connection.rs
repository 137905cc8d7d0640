//! One client's connection, and that to the broker which stands behind it. Answers come in the order of their requests, whoever gives
//! them: clients count on that.

use std::io;
use std::net::SocketAddr;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt, TryStreamExt};
use kafka_protocol::messages::{ApiKey, FindCoordinatorResponse, MetadataResponse, ProduceRequest};
use kafka_protocol::protocol::StrBytes;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::protocol::{Frames, RequestStart, body, client_id, frames, read_response, response};
use super::refusal::refuse;
use super::{Shared, produce};

/// Requests of one connection that may wait for their answers; a client that has more is not read from.
const IN_FLIGHT: usize = 64;

/// A length, of bytes that are not there.
const NONE: [u8; 4] = (-1_i32).to_be_bytes();

/// What is to be sent next to the client.
enum Answer {
    /// This, which was not asked of the broker.
    Own(Bytes),
    /// What the broker answers to this request.
    Broker(RequestStart),
    /// Nothing: the client does not want to know. The mock answers all the same.
    Nothing(RequestStart),
}

/// Serves a client until either side ends its connection.
pub(super) async fn serve(client: TcpStream, broker: TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    let (to_client, requests) = frames(client).split();
    let (to_broker, answers) = frames(broker).split();
    let (expect, expected) = channel(IN_FLIGHT);
    tokio::select! {
        ended = pass_requests(shared, requests, to_broker, expect) => ended,
        ended = pass_answers(shared, answers, to_client, expected) => ended,
    }
}

async fn pass_requests(
    shared: &Shared,
    mut requests: SplitStream<Frames>,
    mut to_broker: SplitSink<Frames, Bytes>,
    expect: Sender<Answer>,
) -> io::Result<()> {
    while let Some(request) = requests.try_next().await? {
        let answer = answer(shared, &request)?;
        let is_own = matches!(answer, Answer::Own(_));
        let expected = expect.send(answer).await;
        expected.map_err(|_| io::ErrorKind::BrokenPipe)?;
        if !is_own {
            to_broker.send(request.freeze()).await?;
        }
    }
    Ok(())
}

async fn pass_answers(
    shared: &Shared,
    mut answers: SplitStream<Frames>,
    mut to_client: SplitSink<Frames, Bytes>,
    mut expected: Receiver<Answer>,
) -> io::Result<()> {
    while let Some(answer) = expected.recv().await {
        let (start, is_wanted) = match answer {
            Answer::Own(answer) => {
                to_client.send(answer).await?;
                continue;
            }
            Answer::Broker(start) => (start, true),
            Answer::Nothing(start) => (start, false),
        };
        let Some(answer) = answers.try_next().await? else {
            return Ok(());
        };
        if answer.as_ref().try_get_i32()? != start.correlation {
            let out_of_order = "the broker answered out of order";
            return Err(io::Error::new(io::ErrorKind::InvalidData, out_of_order));
        }
        if is_wanted {
            let answer = mend(shared.advertised, start, answer)?;
            to_client.send(answer).await?;
        }
    }
    Ok(())
}

/// Who answers. As every broker does, it ends the connection of a client that asks for what is not there.
fn answer(shared: &Shared, request: &BytesMut) -> io::Result<Answer> {
    let start = RequestStart::of(request)?;
    if start.api == ApiKey::ApiVersions as i16 {
        let (versions, version) = shared.apis.response(start.version);
        return response(RequestStart { version, ..start }, &versions).map(Answer::Own);
    }
    if !shared.apis.have(start.api, start.version) {
        let client = client_id(request);
        let apis = &shared.apis;
        apis.miss(start.api, start.version, &client, &shared.hint);
        return Err(io::ErrorKind::Unsupported.into());
    }
    if let Some(refusal) = refuse(start, request, &shared.hint)? {
        return Ok(Answer::Own(refusal));
    }
    if start.api == ApiKey::Produce as i16 {
        let produce: ProduceRequest = body(request, start.version)?;
        let is_sound = produce::is_sound(&produce);
        return match produce.acks {
            0 if is_sound => Ok(Answer::Nothing(start)),
            0 => Err(io::ErrorKind::InvalidData.into()),
            _ if is_sound => Ok(Answer::Broker(start)),
            _ => response(start, &produce::corrupt(produce)).map(Answer::Own),
        };
    }
    Ok(Answer::Broker(start))
}

/// The answer as a broker at this address would give it.
fn mend(advertised: SocketAddr, start: RequestStart, mut answer: BytesMut) -> io::Result<Bytes> {
    let host = || StrBytes::from_string(advertised.ip().to_string());
    let port = i32::from(advertised.port());
    if start.api == ApiKey::Metadata as i16 {
        let mut metadata: MetadataResponse = read_response(answer, start.version)?;
        for broker in &mut metadata.brokers {
            (broker.host, broker.port) = (host(), port);
            // The mock names none that there is, and admin clients wait for one.
            metadata.controller_id = broker.node_id;
        }
        return response(start, &metadata);
    }
    if start.api == ApiKey::FindCoordinator as i16 {
        let mut found: FindCoordinatorResponse = read_response(answer, start.version)?;
        if found.error_code == 0 {
            (found.host, found.port) = (host(), port);
        }
        return response(start, &found);
    }
    if start.api == ApiKey::SyncGroup as i16 {
        // Correlation, throttle time and error; then there is no assignment, and clients take nothing but an empty one.
        let end = if start.version == 0 { 4 + 2 } else { 4 + 4 + 2 };
        if answer.get(end..) == Some(&NONE) {
            answer[end..].fill(0);
        }
    }
    Ok(answer.freeze())
}
