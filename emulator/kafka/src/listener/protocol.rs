//! Messages of the Kafka protocol (<https://kafka.apache.org/protocol>), each in a frame with its length.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{
    Decodable, Encodable, HeaderVersion, decode_request_header_from_buffer,
};
use tokio::net::TcpStream;
use tokio_util::codec::{Framed, LengthDelimitedCodec};

/// A broker takes no larger request (`socket.request.max.bytes`).
const MAX_REQUEST: usize = 100 * 1024 * 1024;

pub(super) type Frames = Framed<TcpStream, LengthDelimitedCodec>;

pub(super) fn frames(stream: TcpStream) -> Frames {
    LengthDelimitedCodec::builder()
        .max_frame_length(MAX_REQUEST)
        .new_framed(stream)
}

/// How every request begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestStart {
    /// A number of [`ApiKey`], if the API is known.
    pub api: i16,
    pub version: i16,
    pub correlation: i32,
}

impl RequestStart {
    pub fn of(mut request: &[u8]) -> io::Result<Self> {
        Ok(Self {
            api: request.try_get_i16()?,
            version: request.try_get_i16()?,
            correlation: request.try_get_i32()?,
        })
    }
}

/// Whoever asks, as they call themselves.
pub(super) fn client_id(request: &BytesMut) -> String {
    let header = decode_request_header_from_buffer(&mut request.clone().freeze());
    let client = header.ok().and_then(|header| header.client_id);
    client.map_or_else(String::new, |client| client.to_string())
}

/// The body of a request whose header can be read.
pub(super) fn body<R: Decodable>(request: &BytesMut, version: i16) -> io::Result<R> {
    let mut bytes = request.clone().freeze();
    decode_request_header_from_buffer(&mut bytes).map_err(io::Error::other)?;
    R::decode(&mut bytes, version).map_err(io::Error::other)
}

pub(super) fn request<R: Encodable + HeaderVersion>(
    start: RequestStart,
    body: &R,
) -> io::Result<Bytes> {
    let header = RequestHeader::default()
        .with_request_api_key(start.api)
        .with_request_api_version(start.version)
        .with_correlation_id(start.correlation);
    encode(&header, body, start.version)
}

pub(super) fn response<R: Encodable + HeaderVersion>(
    start: RequestStart,
    body: &R,
) -> io::Result<Bytes> {
    let header = ResponseHeader::default().with_correlation_id(start.correlation);
    encode(&header, body, start.version)
}

fn encode<R: Encodable + HeaderVersion>(
    header: &impl Encodable,
    body: &R,
    version: i16,
) -> io::Result<Bytes> {
    let mut bytes = BytesMut::new();
    header
        .encode(&mut bytes, R::header_version(version))
        .and_then(|()| body.encode(&mut bytes, version))
        .map_err(io::Error::other)?;
    Ok(bytes.freeze())
}

pub(super) fn read_response<R: Decodable + HeaderVersion>(
    response: BytesMut,
    version: i16,
) -> io::Result<R> {
    let mut bytes = response.freeze();
    ResponseHeader::decode(&mut bytes, R::header_version(version)).map_err(io::Error::other)?;
    R::decode(&mut bytes, version).map_err(io::Error::other)
}

/// As the protocol's documentation calls it.
pub(super) fn api_name(api: i16) -> String {
    ApiKey::try_from(api).map_or_else(|()| format!("API {api}"), |api| format!("{api:?}"))
}
