//! The REST API and the WebSocket API.

use crate::model::{Cors, GatewayResponse, Model, WebSocketApi, WebSocketRoute};
use crate::node::{Node, Value};
use crate::resource::Resource;
use crate::section::Section;

/// Reads `AWS::Serverless::Api`.
pub(crate) fn read_rest(resource: &Resource<'_>, properties: &Node, model: &mut Model) {
    let section = resource.section("AWS::Serverless::Api", properties);
    let stage = section.need_string("StageName");
    let cors = section
        .section("Cors")
        .map(|cors| read_cors(resource, cors));
    let responses = section.entries("GatewayResponses");
    section.finish(&[
        "EndpointConfiguration",
        "MethodSettings",
        "Name",
        "Description",
        "Tags",
        "TracingEnabled",
    ]);
    let rest = model.rest.get_or_insert_default();
    if !rest.stage.is_empty() {
        resource.problem(resource.line, "a second REST API is not supported");
        return;
    }
    rest.stage = stage.unwrap_or_default();
    rest.cors = cors;
    for (name, node) in responses {
        let response = read_gateway_response(resource, name, node);
        rest.gateway_responses.insert(name.to_owned(), response);
    }
}

fn read_cors(resource: &Resource<'_>, section: Section<'_>) -> Cors {
    let line = section.line();
    let value = |key| {
        section
            .string(key)
            .map(|text| unquote(resource, line, key, &text))
    };
    let cors = Cors {
        allow_origin: value("AllowOrigin").unwrap_or_else(|| "*".to_owned()),
        allow_methods: value("AllowMethods").unwrap_or_default(),
        allow_headers: value("AllowHeaders").unwrap_or_default(),
        max_age: value("MaxAge"),
    };
    section.finish(&[]);
    cors
}

fn read_gateway_response(resource: &Resource<'_>, name: &str, node: &Node) -> GatewayResponse {
    let section = resource.section(&format!("gateway response {name}"), node);
    let status = match section.number("StatusCode", 100, 599, 0) {
        0 => None,
        status => u16::try_from(status).ok(),
    };
    let headers = section.section("ResponseParameters").map(|parameters| {
        let line = parameters.line();
        let headers = parameters.strings("Headers");
        parameters.finish(&[]);
        headers
            .into_iter()
            .map(|(name, value)| {
                let value = unquote(resource, line, &name, &value);
                (name, value)
            })
            .collect()
    });
    let body = section.section("ResponseTemplates").and_then(|templates| {
        let body = templates.string("application/json");
        templates.finish(&[]);
        body
    });
    section.finish(&[]);
    GatewayResponse {
        status,
        headers: headers.unwrap_or_default(),
        body,
    }
}

/// API Gateway takes such values as mapping expressions: a constant stands in single quotes.
fn unquote(resource: &Resource<'_>, line: usize, name: &str, text: &str) -> String {
    let inner = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    if inner.is_none() {
        resource.problem(
            line,
            format!("{name} must be a constant in single quotes, for example \"'*'\""),
        );
    }
    inner.unwrap_or_default().to_owned()
}

/// Reads `AWS::Serverless::WebSocketApi`.
pub(crate) fn read_websocket(resource: &Resource<'_>, properties: &Node, model: &mut Model) {
    let section = resource.section("AWS::Serverless::WebSocketApi", properties);
    let stage = section.need_string("StageName");
    let expression = section.need_string("RouteSelectionExpression");
    let routes = section
        .entries("Routes")
        .into_iter()
        .filter_map(|(key, node)| Some((key.to_owned(), read_route(resource, key, node)?)))
        .collect();
    section.finish(&["DefaultRouteSettings", "Name", "Description", "Tags"]);
    if model.websocket.is_some() {
        resource.problem(resource.line, "a second WebSocket API is not supported");
    }
    if let (Some(stage), Some(route_selection_expression)) = (stage, expression) {
        model.websocket = Some(WebSocketApi {
            id: resource.id.to_owned(),
            stage,
            route_selection_expression,
            routes,
        });
    }
}

fn read_route(resource: &Resource<'_>, key: &str, node: &Node) -> Option<WebSocketRoute> {
    let section = resource.section(&format!("route {key}"), node);
    let function = section.need("FunctionArn");
    let response = section.string("RouteResponseSelectionExpression");
    if let Some(expression) = &response
        && expression != "$default"
    {
        section.problem(
            section.line(),
            "RouteResponseSelectionExpression must be $default",
        );
    }
    section.finish(&["OperationName"]);
    let function = function?;
    let arn = function.text()?;
    let id = arn.rsplit(':').next().unwrap_or_default().to_owned();
    let is_function = resource.resolver.resources.get(&id).map(String::as_str)
        == Some("AWS::Serverless::Function");
    if !is_function && !matches!(function.value, Value::Bad) {
        resource.problem(
            function.line,
            "FunctionArn must be !GetAtt Function.Arn of a function of this template",
        );
        return None;
    }
    Some(WebSocketRoute {
        function: id,
        has_response: response.is_some(),
    })
}
