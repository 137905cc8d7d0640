//! The URL that clients open the WebSocket API with.

use std::net::SocketAddr;

use crate::model::{Model, WebSocketApi};
use crate::template::{REGION, api_id};

/// Makes functions that are told where clients find the template's WebSocket API tell them the front door, which is where
/// it is on this machine.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{self, Options};

    #[test]
    fn functions_get_the_front_door_for_clients_and_keep_the_url_for_posts() {
        let text = include_str!("../../../../template.yaml");
        let parameters = ["NotificationUrl", "KafkaBootstrapServers"];
        let options = Options {
            offered: parameters
                .map(|name| (name.to_owned(), "x".to_owned()))
                .into(),
            ..Options::default()
        };
        let mut model = template::load("template.yaml", text, &options).unwrap();
        point_at(&mut model, ([127, 0, 0, 1], 8001).into());
        let environment = &model.functions["GraphqlFunction"].environment;
        assert_eq!(environment["FEED_URL"], "ws://127.0.0.1:8001");
        let posts = &environment["WEBSOCKET_URL"];
        assert!(posts.starts_with("https://feedapi.execute-api."), "{posts}");
    }
}
