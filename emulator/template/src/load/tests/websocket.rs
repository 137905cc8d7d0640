use super::*;

/// A WebSocket API with the routes `$default` and `subscribe`, of which the latter alone selects a response, and these resources.
fn template(resources: &str) -> String {
    let function = with_function("");
    format!(
        "{function}
  Feed:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.type
      Routes:
        $default: {{ FunctionArn: !GetAtt F.Arn }}
        subscribe: {{ FunctionArn: !GetAtt F.Arn, RouteResponseSelectionExpression: $default }}
{resources}"
    )
}

fn response(id: &str, api: &str, route: &str) -> String {
    format!(
        "  {id}:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {{ ApiId: {api}, RouteId: {route}, RouteResponseKey: $default }}
"
    )
}

#[test]
fn a_route_answers_if_it_has_a_route_response() {
    let answers = |text: &str| {
        let model = load("t.yaml", text, &options()).unwrap();
        let routes = model.websocket.unwrap().routes;
        routes["subscribe"].has_response
    };
    assert!(!answers(&template("")));
    let declared = response("R", "!Ref Feed", "!Ref FeedSubscribeRoute");
    assert!(answers(&template(&declared)));
    // Wherever it stands.
    let before = template("").replace("Resources:\n", &format!("Resources:\n{declared}"));
    assert!(answers(&before));
}

#[test]
fn a_route_response_that_answers_nothing_is_reported() {
    let bad = [
        response("Silent", "!Ref Feed", "!Ref FeedDefaultRoute"),
        response("Stranger", "!Ref Feed", "feed"),
        response("Elsewhere", "other", "!Ref FeedSubscribeRoute"),
        response("One", "!Ref Feed", "!Ref FeedSubscribeRoute"),
        response("Two", "!Ref Feed", "!Ref FeedSubscribeRoute"),
        response("Key", "!Ref Feed", "!Ref FeedConnectRoute").replace("$default", "ok"),
    ];
    insta::assert_snapshot!(errors(&template(&bad.concat())), @"
    t.yaml:16: Silent: route $default needs RouteResponseSelectionExpression: $default, or its response is never chosen
    t.yaml:19: Stranger: RouteId must be !Ref of a route as SAM names it: FeedDefaultRoute, FeedSubscribeRoute
    t.yaml:22: Elsewhere: ApiId must be !Ref of the WebSocket API
    t.yaml:28: Two: route subscribe has a response already
    t.yaml:33: Key: FeedConnectRoute is neither a parameter, nor a resource, nor a pseudo parameter (AWS::AccountId, AWS::NoValue, AWS::Partition, AWS::Region, AWS::StackName, AWS::URLSuffix)
    t.yaml:33: Key: RouteResponseKey is ok; allowed: $default
    ");
}

#[test]
fn resources_that_sam_makes_can_be_referred_to() {
    let text = with_function(
        "      Environment:
        Variables:
          A: !Ref FeedConnectRoute
          B: !Ref FeedDefaultIntegration
          C: !Ref FeedliveStage
          D: !GetAtt FRole.Arn
          E: !Ref FK
          G: !Ref FMinute
          H: !Ref ApiStage
      Events:
        K: { Type: MSK, Properties: { Stream: arn, Topics: [t], StartingPosition: LATEST } }
        Minute: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute) } }
  Api: { Type: AWS::Serverless::Api, Properties: { StageName: !Ref AWS::StackName } }
  Feed:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.type
      Routes:
        $connect: { FunctionArn: !GetAtt F.Arn }
        $default: { FunctionArn: !GetAtt F.Arn }
",
    );
    let model = load("t.yaml", &text, &options()).unwrap();
    let environment: Vec<_> = model.functions["F"].environment.values().collect();
    insta::assert_compact_debug_snapshot!(environment, @r#"["FeedConnectRoute", "FeedDefaultIntegration", "FeedliveStage", "arn:aws:iam::123456789012:role/FRole", "FK", "FMinute", "ApiStage"]"#);
}
