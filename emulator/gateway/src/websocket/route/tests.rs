use indexmap::IndexMap;

use super::*;

fn api(expression: &str) -> model::WebSocketApi {
    let route = |name: &str| model::WebSocketRoute {
        function: name.to_owned(),
        selects_response: false,
        has_response: false,
    };
    model::WebSocketApi {
        id: "api".to_owned(),
        stage: "live".to_owned(),
        route_selection_expression: expression.to_owned(),
        routes: ["$connect", "$default", "ping", "7"]
            .into_iter()
            .map(|key| (key.to_owned(), route(key)))
            .collect::<IndexMap<_, _>>(),
    }
}

fn key<'a>(api: &'a model::WebSocketApi, body: &str) -> &'a str {
    select(api, body).unwrap().0
}

#[test]
fn messages_take_the_route_they_name() {
    let api = api("$request.body.op");
    assert_eq!(key(&api, r#"{"op":"ping"}"#), "ping");
    assert_eq!(key(&api, r#"{"op":7}"#), "7");
}

#[test]
fn everything_else_takes_the_default_route() {
    let api = api("$request.body.op");
    for body in [
        "not json",
        "{}",
        "[]",
        r#"{"op":null}"#,
        r#"{"op":"x"}"#,
        r#"{"op":"$connect"}"#,
    ] {
        assert_eq!(key(&api, body), "$default", "{body}");
    }
}

#[test]
fn expressions_may_be_nested_and_braced() {
    let api = api("${request.body.a.b}");
    assert_eq!(key(&api, r#"{"a":{"b":"ping"}}"#), "ping");
    assert_eq!(key(&api, r#"{"a":"ping"}"#), "$default");
}
