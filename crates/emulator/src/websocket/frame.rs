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
mod tests {
    use super::*;

    fn client_frame(first: u8, payload: &[u8]) -> BytesMut {
        let header = FrameHeader::new(first, payload.len());
        let mut frame = BytesMut::from(header.as_slice());
        frame[1] |= 0x80;
        let mask = [0x12, 0x34, 0x56, 0x78];
        frame.extend_from_slice(&mask);
        frame.extend(
            payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        frame
    }

    fn decode(bytes: BytesMut) -> Result<Option<Incoming>, Violation> {
        let mut bytes = bytes;
        Decoder::default().decode(&mut bytes, &Limits::default())
    }

    #[test]
    fn a_message_arrives_byte_by_byte() {
        let frame = client_frame(
            FIN | TEXT,
            "price: 101.20 €, and more than four bytes".as_bytes(),
        );
        let (mut decoder, mut buffer) = (Decoder::default(), BytesMut::new());
        for (index, byte) in frame.iter().enumerate() {
            buffer.extend_from_slice(&[*byte]);
            let decoded = decoder.decode(&mut buffer, &Limits::default()).unwrap();
            assert_eq!(decoded.is_some(), index + 1 == frame.len());
        }
        assert!(buffer.is_empty());
    }

    #[test]
    fn fragments_make_one_message_with_a_ping_between_them() {
        let mut buffer = client_frame(TEXT, b"one ");
        buffer.extend_from_slice(&client_frame(FIN | PING, b"?"));
        buffer.extend_from_slice(&client_frame(CONTINUATION, b"two "));
        buffer.extend_from_slice(&client_frame(FIN | CONTINUATION, b"three"));
        let mut decoder = Decoder::default();
        let limits = Limits::default();
        let first = decoder.decode(&mut buffer, &limits).unwrap().unwrap();
        assert_eq!(first, Incoming::Ping(Bytes::from_static(b"?")));
        let second = decoder.decode(&mut buffer, &limits).unwrap().unwrap();
        assert_eq!(second, Incoming::Text("one two three".to_owned()));
    }

    #[test]
    fn violations_have_their_close_codes() {
        let code = |frame| decode(frame).unwrap_err().code;
        assert_eq!(code(client_frame(FIN | BINARY, b"x")), code::UNSUPPORTED);
        assert_eq!(
            code(client_frame(FIN | TEXT, &[0xFF])),
            code::INVALID_PAYLOAD
        );
        assert_eq!(
            code(client_frame(FIN | TEXT, &[b' '; 32 * 1024 + 1])),
            code::TOO_BIG
        );
        assert_eq!(
            code(client_frame(FIN | CONTINUATION, b"x")),
            code::PROTOCOL_ERROR
        );
        assert_eq!(code(client_frame(PING, b"x")), code::PROTOCOL_ERROR);
        assert_eq!(
            code(client_frame(FIN | TEXT | 0x40, b"x")),
            code::PROTOCOL_ERROR
        );
        assert_eq!(
            code(BytesMut::from(&[FIN | TEXT, 1, b'x'][..])),
            code::PROTOCOL_ERROR
        );
    }

    #[test]
    fn fragments_together_keep_the_message_limit() {
        let limits = Limits {
            message_bytes: 10,
            ..Limits::default()
        };
        let mut buffer = client_frame(TEXT, b"123456");
        buffer.extend_from_slice(&client_frame(FIN | CONTINUATION, b"78901"));
        let error = Decoder::default().decode(&mut buffer, &limits).unwrap_err();
        assert_eq!(error.code, code::TOO_BIG);
    }

    #[test]
    fn close_has_code_and_reason_or_neither() {
        let with = decode(client_frame(FIN | CLOSE, b"\x03\xE8bye"))
            .unwrap()
            .unwrap();
        assert_eq!(
            with,
            Incoming::Close {
                code: 1000,
                reason: "bye".to_owned()
            }
        );
        let without = decode(client_frame(FIN | CLOSE, b"")).unwrap().unwrap();
        assert!(matches!(without, Incoming::Close { code: 1005, .. }));
    }

    #[test]
    fn long_messages_are_split() {
        let payload = Bytes::from(vec![b'x'; 70_000]);
        let frames: Vec<_> = text_frames(&payload, 32 * 1024).collect();
        let firsts: Vec<u8> = frames
            .iter()
            .map(|(header, _)| header.as_slice()[0])
            .collect();
        assert_eq!(firsts, [TEXT, CONTINUATION, FIN | CONTINUATION]);
        assert_eq!(
            frames.iter().map(|(_, part)| part.len()).sum::<usize>(),
            70_000
        );
        assert_eq!(text_frames(&Bytes::new(), 10).count(), 1);
    }
}
