use super::*;

#[test]
fn long_messages_are_split() {
    let payload = Bytes::from(vec![b'x'; 70_000]);
    let frames: Vec<_> = text_frames(&payload, 32 * 1024).collect();
    let kinds: Vec<_> = frames
        .iter()
        .map(|frame| (frame.header().opcode, frame.header().is_final))
        .collect();
    let (text, more) = (OpCode::Data(Data::Text), OpCode::Data(Data::Continue));
    assert_eq!(kinds, [(text, false), (more, false), (more, true)]);
    let bytes = frames.iter().map(|frame| frame.payload().len());
    assert_eq!(bytes.sum::<usize>(), 70_000);
    assert_eq!(text_frames(&Bytes::new(), 10).count(), 1);
}
