//! Frames of RFC 6455, server side, without extensions. No IO.
//!
//! Written out here rather than taken from a library because ten thousand connections must cost
//! nothing while they idle (no buffers) and a post must cost one system call (no copy of the payload).

use bytes::{Buf, Bytes, BytesMut};

use super::Limits;

/// Close codes of RFC 6455, section 7.4.1, as far as API Gateway uses them.
pub(super) mod code {
    pub const NORMAL: u16 = 1000;
    pub const GOING_AWAY: u16 = 1001;
    pub const PROTOCOL_ERROR: u16 = 1002;
    pub const UNSUPPORTED: u16 = 1003;
    pub const NO_STATUS: u16 = 1005;
    pub const ABNORMAL: u16 = 1006;
    pub const INVALID_PAYLOAD: u16 = 1007;
    pub const TOO_BIG: u16 = 1009;
}

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const FIN: u8 = 0x80;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Text(String),
    Ping(Bytes),
    Pong,
    Close { code: u16, reason: String },
}

/// Why the connection must be closed from our side.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub code: u16,
    pub reason: &'static str,
}

fn violation(code: u16, reason: &'static str) -> Violation {
    Violation { code, reason }
}

/// Puts frames together to messages. Holds memory only within a fragmented message.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    fragments: Option<Vec<u8>>,
}

struct Header {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    length: usize,
    size: usize,
}

impl Decoder {
    /// Takes the next message out of `buffer`, or `None` if more bytes are needed.
    pub fn decode(
        &mut self,
        buffer: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Incoming>, Violation> {
        while let Some(header) = parse_header(buffer, limits)? {
            if buffer.len() < header.size + header.length {
                return Ok(None);
            }
            buffer.advance(header.size);
            let mut payload = buffer.split_to(header.length);
            unmask(&mut payload, header.mask);
            if let Some(incoming) = self.accept(&header, payload.freeze(), limits)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    fn accept(
        &mut self,
        header: &Header,
        payload: Bytes,
        limits: &Limits,
    ) -> Result<Option<Incoming>, Violation> {
        match header.opcode {
            TEXT if self.fragments.is_some() => Err(violation(
                code::PROTOCOL_ERROR,
                "expected a continuation frame",
            )),
            TEXT if header.fin => text(payload.into()).map(Some),
            TEXT => {
                self.fragments = Some(payload.into());
                Ok(None)
            }
            CONTINUATION => self.continue_message(header.fin, &payload, limits),
            // API Gateway disconnects clients that send binary frames.
            BINARY => Err(violation(
                code::UNSUPPORTED,
                "binary frames are not supported",
            )),
            PING => Ok(Some(Incoming::Ping(payload))),
            PONG => Ok(Some(Incoming::Pong)),
            CLOSE => close(&payload).map(Some),
            _ => Err(violation(code::PROTOCOL_ERROR, "unknown opcode")),
        }
    }

    fn continue_message(
        &mut self,
        fin: bool,
        payload: &[u8],
        limits: &Limits,
    ) -> Result<Option<Incoming>, Violation> {
        let Some(mut message) = self.fragments.take() else {
            return Err(violation(code::PROTOCOL_ERROR, "nothing to continue"));
        };
        if message.len() + payload.len() > limits.message_bytes {
            return Err(violation(code::TOO_BIG, "message too big"));
        }
        message.extend_from_slice(payload);
        if fin {
            return text(message).map(Some);
        }
        self.fragments = Some(message);
        Ok(None)
    }
}

fn text(payload: Vec<u8>) -> Result<Incoming, Violation> {
    String::from_utf8(payload)
        .map(Incoming::Text)
        .map_err(|_| violation(code::INVALID_PAYLOAD, "text is not UTF-8"))
}

fn close(payload: &[u8]) -> Result<Incoming, Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return Ok(Incoming::Close {
            code: code::NO_STATUS,
            reason: "Client-side close frame status not set".to_owned(),
        });
    };
    let reason = str::from_utf8(reason)
        .map_err(|_| violation(code::INVALID_PAYLOAD, "close reason is not UTF-8"))?;
    Ok(Incoming::Close {
        code: u16::from_be_bytes(*code),
        reason: reason.to_owned(),
    })
}

fn parse_header(buffer: &[u8], limits: &Limits) -> Result<Option<Header>, Violation> {
    let [first, second, rest @ ..] = buffer else {
        return Ok(None);
    };
    if first & 0x70 != 0 {
        return Err(violation(code::PROTOCOL_ERROR, "reserved bits are set"));
    }
    if second & 0x80 == 0 {
        return Err(violation(
            code::PROTOCOL_ERROR,
            "client frames must be masked",
        ));
    }
    let (length, length_size) = match second & 0x7F {
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 2),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 8),
            None => return Ok(None),
        },
        short => (u64::from(short), 0),
    };
    let (fin, opcode) = (first & FIN != 0, first & 0x0F);
    if opcode >= CLOSE && (!fin || length > 125) {
        return Err(violation(
            code::PROTOCOL_ERROR,
            "control frame is fragmented or too long",
        ));
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > limits.frame_bytes.min(limits.message_bytes) {
        return Err(violation(code::TOO_BIG, "frame too big"));
    }
    let Some(mask) = rest
        .get(length_size..)
        .and_then(|rest| rest.first_chunk::<4>())
    else {
        return Ok(None);
    };
    Ok(Some(Header {
        fin,
        opcode,
        mask: *mask,
        length,
        size: 2 + length_size + 4,
    }))
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (words, tail) = payload.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

/// Header of a server's frame: never masked, at most ten bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameHeader {
    bytes: [u8; 10],
    size: usize,
}

impl FrameHeader {
    fn new(first: u8, length: usize) -> Self {
        let mut bytes = [0; 10];
        bytes[0] = first;
        let size = if length < 126 {
            bytes[1] = length as u8;
            2
        } else if let Ok(length) = u16::try_from(length) {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            4
        } else {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(length as u64).to_be_bytes());
            10
        };
        Self { bytes, size }
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.size]
    }
}

/// The frames of one text message, each at most `frame_bytes` of payload.
pub(super) fn text_frames(
    payload: &Bytes,
    frame_bytes: usize,
) -> impl Iterator<Item = (FrameHeader, Bytes)> + '_ {
    let count = payload.len().div_ceil(frame_bytes).max(1);
    (0..count).map(move |index| {
        let start = index * frame_bytes;
        let end = payload.len().min(start + frame_bytes);
        let opcode = if index == 0 { TEXT } else { CONTINUATION };
        let fin = if index + 1 == count { FIN } else { 0 };
        (
            FrameHeader::new(fin | opcode, end - start),
            payload.slice(start..end),
        )
    })
}

/// A pong that answers a ping.
pub(super) fn pong_frame(payload: &[u8]) -> Bytes {
    control_frame(PONG, payload)
}

/// A close frame. A code that must not be sent (1005, 1006) makes a frame without one.
pub(super) fn close_frame(code: u16, reason: &str) -> Bytes {
    if matches!(code, code::NO_STATUS | code::ABNORMAL) {
        return control_frame(CLOSE, &[]);
    }
    let mut payload = code.to_be_bytes().to_vec();
    // A control frame holds 125 bytes.
    payload.extend_from_slice(&reason.as_bytes()[..reason.floor_char_boundary(123)]);
    control_frame(CLOSE, &payload)
}

fn control_frame(opcode: u8, payload: &[u8]) -> Bytes {
    let header = FrameHeader::new(FIN | opcode, payload.len());
    [header.as_slice(), payload].concat().into()
}

#[cfg(test)]
mod tests;
