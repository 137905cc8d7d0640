use super::*;

#[test]
fn headers_of_an_answer_are_found_whatever_their_case() {
    let answer = |text: &str| ProxyResponse::parse(text.as_bytes()).unwrap();
    let name = "Sec-WebSocket-Protocol";
    let single = answer(r#"{"statusCode":200,"headers":{"sec-websocket-protocol":"a"}}"#);
    assert_eq!(single.header(name), Some(("sec-websocket-protocol", "a")));
    let multi =
        answer(r#"{"statusCode":200,"multiValueHeaders":{"Sec-Websocket-Protocol":["b"]}}"#);
    assert_eq!(multi.header(name), Some(("Sec-Websocket-Protocol", "b")));
    assert_eq!(answer(r#"{"statusCode":200}"#).header(name), None);
}
