use emulator_template::{LoadOptions, load};

use super::*;

const TEMPLATE: &str = "
Resources:
  FeedApi:
    Type: AWS::Serverless::WebSocketApi
    Properties: { StageName: live, RouteSelectionExpression: $request.body.op }
  F:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: f } }
    Properties:
      Runtime: provided.al2023
      Environment:
        Variables:
          FEED_URL: !Sub wss://${FeedApi}.execute-api.${AWS::Region}.amazonaws.com/live
          POST_URL: !Sub https://${FeedApi}.execute-api.${AWS::Region}.amazonaws.com/live
";

#[test]
fn functions_get_the_front_door_for_clients_and_keep_the_url_for_posts() {
    let mut model = load("t.yaml", TEMPLATE, &LoadOptions::default()).unwrap();
    point_at(&mut model, ([127, 0, 0, 1], 8001).into());
    let environment = &model.functions["F"].environment;
    assert_eq!(environment["FEED_URL"], "ws://127.0.0.1:8001");
    let posts = &environment["POST_URL"];
    assert!(posts.starts_with("https://feedapi.execute-api."), "{posts}");
}
