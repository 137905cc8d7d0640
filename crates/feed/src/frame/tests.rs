use super::*;

#[test]
fn a_shared_body_is_hashed_once_and_a_wrapped_one_whenever_it_is_sent() {
    let payload = Bytes::from_static(b"payload");
    let shared = Frame::new("head payload tail");
    let wrapped = Frame::wrapped("head ", payload, b" tail");
    assert_eq!(shared, wrapped);
    assert_eq!(wrapped.size(), wrapped.body().len());
    for (frame, expected) in [(shared, 1), (wrapped, 3)] {
        let mut calls = 0;
        for _ in 0..3 {
            let (body, digest) = frame.clone().digested(|body| {
                calls += 1;
                body.len().to_string()
            });
            assert_eq!((&body[..], &*digest), (&b"head payload tail"[..], "17"));
        }
        assert_eq!(calls, expected);
    }
}
