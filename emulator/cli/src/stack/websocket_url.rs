//! The URL that clients open the WebSocket API with.

use std::net::SocketAddr;

use emulator_template::model::{Model, WebSocketApi};
use emulator_template::{REGION, api_id};

#[cfg(test)]
mod tests;

/// Puts the front door into the environment of functions, in place of the URL that clients use on AWS.
pub(super) fn point_at(model: &mut Model, front: SocketAddr) {
    let Some(api) = &model.websocket else {
        return;
    };
    let (on_aws, here) = (url_on_aws(api), format!("ws://{front}"));
    for function in model.functions.values_mut() {
        for value in function.environment.values_mut() {
            *value = value.replace(&on_aws, &here);
        }
    }
}

fn url_on_aws(api: &WebSocketApi) -> String {
    let (id, stage) = (api_id(&api.id), &api.stage);
    format!("wss://{id}.execute-api.{REGION}.amazonaws.com/{stage}")
}
