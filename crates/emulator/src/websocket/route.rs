//! Which route a message takes, and what becomes of the function's answer.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::model;

/// The route key of a message: what the selection expression finds in it where there is such a route,
/// else `$default`.
pub(super) fn select<'a>(
    api: &'a model::WebSocketApi,
    body: &str,
) -> Option<(&'a str, &'a model::WebSocketRoute)> {
    selected_key(&api.route_selection_expression, body)
        .filter(|key| !key.starts_with('$'))
        .and_then(|key| api.routes.get_key_value(key.as_str()))
        .or_else(|| api.routes.get_key_value("$default"))
        .map(|(key, route)| (key.as_str(), route))
}

fn selected_key(expression: &str, body: &str) -> Option<String> {
    let path = expression
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    let path = path
        .or_else(|| expression.strip_prefix('$'))?
        .strip_prefix("request.body.")?;
    let body: Value = serde_json::from_str(body).ok()?;
    match path
        .split('.')
        .try_fold(&body, |value, name| value.get(name))?
    {
        Value::String(key) => Some(key.clone()),
        Value::Number(key) => Some(key.to_string()),
        Value::Bool(key) => Some(key.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A function's answer, as Lambda proxy integrations must give it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    pub status_code: u16,
    #[serde(default)]
    headers: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    pub body: Option<String>,
}

impl Answer {
    pub fn parse(answer: &Bytes) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(answer)
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status_code)
    }

    /// A header of the answer, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let find = |headers: &'_ Option<serde_json::Map<String, Value>>| {
            let headers = headers.as_ref()?;
            headers
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(key, _)| key.clone())
        };
        if let Some(key) = find(&self.headers) {
            return self.headers.as_ref()?.get(&key)?.as_str();
        }
        let key = find(&self.multi_value_headers)?;
        self.multi_value_headers
            .as_ref()?
            .get(&key)?
            .as_array()?
            .first()?
            .as_str()
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;

    fn api(expression: &str) -> model::WebSocketApi {
        let route = |name: &str| model::WebSocketRoute {
            function: name.to_owned(),
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

    #[test]
    fn headers_of_an_answer_are_found_whatever_their_case() {
        let answer =
            |text: &'static str| Answer::parse(&Bytes::from_static(text.as_bytes())).unwrap();
        let name = "Sec-WebSocket-Protocol";
        let single = answer(r#"{"statusCode":200,"headers":{"sec-websocket-protocol":"a"}}"#);
        assert_eq!(single.header(name), Some("a"));
        let multi =
            answer(r#"{"statusCode":200,"multiValueHeaders":{"Sec-Websocket-Protocol":["b"]}}"#);
        assert_eq!(multi.header(name), Some("b"));
        assert_eq!(answer(r#"{"statusCode":200}"#).header(name), None);
    }
}
