//! What the events and answers of both APIs' Lambda proxy integrations have in common.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use indexmap::IndexMap;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

#[cfg(test)]
mod tests;

/// Names with all their values, in order.
pub(crate) type MultiMap = IndexMap<String, Vec<String>>;

/// A function's answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyResponse {
    pub(crate) status_code: u16,
    #[serde(default)]
    pub(crate) headers: Option<IndexMap<String, Value>>,
    #[serde(default)]
    pub(crate) multi_value_headers: Option<IndexMap<String, Vec<Value>>>,
    #[serde(default)]
    pub(crate) body: Option<String>,
    #[serde(default)]
    pub(crate) is_base64_encoded: bool,
}

impl ProxyResponse {
    pub(crate) fn parse(answer: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(answer)
    }

    /// A header, whatever the case of its name, and that name.
    pub(crate) fn header(&self, name: &str) -> Option<(&str, &str)> {
        let single = self.headers.iter().flatten();
        let multi = self.multi_value_headers.iter().flatten();
        single
            .chain(multi.filter_map(|(key, values)| Some((key, values.first()?))))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }
}

/// Whether a request of HTTP/1.1 has the one `Host` that it must have.
pub(crate) fn has_one_host(headers: &HeaderMap) -> bool {
    headers.get_all(HOST).iter().count() == 1
}

/// The parameters of a query string.
pub(crate) fn query_parameters(query: &str) -> MultiMap {
    let mut parameters = MultiMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let [name, value] = [name, value].map(|text| decode(&text.replace('+', " ")));
        parameters.entry(name).or_default().push(value);
    }
    parameters
}

/// Text without its percent encoding.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The fields with single values hold the last where a name has many.
pub(crate) fn last_values(values: &MultiMap) -> IndexMap<&str, &str> {
    values
        .iter()
        .filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str())))
        .collect()
}

/// A header's name as AWS passes it on. The HTTP parser has lower-cased it.
pub(crate) fn canonical_name(name: &str) -> String {
    let part = |part: &str| match part {
        "websocket" => "WebSocket".to_owned(),
        part => part[..part.len().min(1)].to_ascii_uppercase() + &part[part.len().min(1)..],
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}
