//! The REST API and the WebSocket API.

use crate::arn::api_id;
use crate::generated::route_id;
use crate::globals::merged;
use crate::model::{Cors, GatewayResponse, Model, WebSocketApi, WebSocketRoute};
use crate::node::{Node, Value};
use crate::problems::Problems;
use crate::resource::Resource;
use crate::section::Section;

/// Reads `AWS::Serverless::Api`.
pub(crate) fn read_rest(
    resource: &Resource<'_>,
    properties: &Node,
    globals: Option<&Node>,
    model: &mut Model,
) {
    let properties = merged(globals, properties);
    let section = resource.section("AWS::Serverless::Api", &properties);
    let stage = section.need_string("StageName");
    let cors = section
        .section("Cors")
        .map(|cors| read_cors(resource, cors));
    let responses = section.entries("GatewayResponses");
    // Without it SAM makes a second stage, `Stage`. There are no stages here.
    section.one_of(
        "OpenApiVersion",
        &["2.0", "3.0.0", "3.0.1", "3.0.2", "3.0.3"],
    );
    section.finish(&[
        "EndpointConfiguration",
        "MethodSettings",
        "Name",
        "Description",
        "Tags",
        "TracingEnabled",
        "AccessLogSetting",
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
        selects_response: response.is_some(),
        has_response: false,
    })
}

/// An `AWS::ApiGatewayV2::RouteResponse`.
pub(crate) struct RouteResponse {
    resource: String,
    line: usize,
    api: String,
    route: String,
}

/// Reads `AWS::ApiGatewayV2::RouteResponse`, without which API Gateway sends nothing of what a route's function returns.
pub(crate) fn read_route_response(
    resource: &Resource<'_>,
    properties: &Node,
) -> Option<RouteResponse> {
    let section = resource.section("AWS::ApiGatewayV2::RouteResponse", properties);
    let api = section.need_string("ApiId");
    let route = section.need_string("RouteId");
    section.need("RouteResponseKey");
    section.one_of("RouteResponseKey", &["$default"]);
    section.finish(&[]);
    Some(RouteResponse {
        resource: resource.id.to_owned(),
        line: resource.line,
        api: api?,
        route: route?,
    })
}

impl RouteResponse {
    /// Notes it at its route, once all APIs are read.
    pub(crate) fn apply(self, model: &mut Model, problems: &Problems) {
        let report = |message: String| problems.add(self.line, &self.resource, message);
        let api = model.websocket.as_mut();
        let Some(api) = api.filter(|api| api_id(&api.id) == self.api) else {
            return report("ApiId must be !Ref of the WebSocket API".to_owned());
        };
        let id = api.id.clone();
        let found = api
            .routes
            .iter_mut()
            .find(|(key, _)| route_id(&id, key) == self.route);
        let Some((key, route)) = found else {
            let ids: Vec<_> = api.routes.keys().map(|key| route_id(&id, key)).collect();
            return report(format!(
                "RouteId must be !Ref of a route as SAM names it: {}",
                ids.join(", ")
            ));
        };
        if route.has_response {
            report(format!("route {key} has a response already"));
        }
        if !route.selects_response {
            report(format!(
                "route {key} needs RouteResponseSelectionExpression: $default, or its response is never chosen"
            ));
        }
        route.has_response = true;
    }
}
