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
