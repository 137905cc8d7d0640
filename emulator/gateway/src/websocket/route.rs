//! The route of a message.

use emulator_template::model;
use serde_json::Value;

#[cfg(test)]
mod tests;

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
