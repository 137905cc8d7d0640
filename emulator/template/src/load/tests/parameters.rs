use super::*;

fn with_parameter(value: Option<&str>) -> Result<Model, TemplateErrors> {
    let text = format!(
        "
Parameters:
  Mode: {{ Type: String, Default: a, AllowedValues: [a, b] }}
  Size: {{ Type: Number, Default: 5, MinValue: 1, MaxValue: 9 }}
  Prefix: {{ Type: String, Default: '', AllowedPattern: '([a-z]+\\.)?' }}
  Vpc: {{ Type: AWS::EC2::VPC::Id }}
  Subnets: {{ Type: List<AWS::EC2::Subnet::Id> }}
  Groups: {{ Type: List<AWS::EC2::SecurityGroup::Id> }}
{}",
        with_function("      Environment: { Variables: { MODE: !Ref Mode, SIZE: !Ref Size } }\n")
    );
    let mut options = options();
    if let Some((key, value)) = value.and_then(|value| value.split_once('=')) {
        options.parameters.insert(key.to_owned(), value.to_owned());
    }
    load("t.yaml", &text, &options)
}

#[test]
fn parameters_have_defaults_and_take_values() {
    let environment = |value| {
        let model = with_parameter(value).unwrap();
        model.functions["F"]
            .environment
            .values()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(environment(None), ["a", "5"]);
    assert_eq!(environment(Some("Mode=b")), ["b", "5"]);
    assert_eq!(environment(Some("Size=9")), ["a", "9"]);
}

#[test]
fn values_that_parameters_do_not_allow_are_reported() {
    let error = |value| with_parameter(Some(value)).unwrap_err().to_string();
    insta::assert_snapshot!(error("Mode=c"), @r#"t.yaml:3: Mode: "c" is not allowed; allowed: a, b"#);
    insta::assert_snapshot!(error("Size=10"), @r#"t.yaml:4: Size: 10 is above MaxValue 9"#);
    insta::assert_snapshot!(error("Size=many"), @r#"t.yaml:4: Size: "many" is not a number"#);
    insta::assert_snapshot!(error("Prefix=a.b"), @r#"t.yaml:5: Prefix: "a.b" does not match AllowedPattern ([a-z]+\.)?"#);
    insta::assert_snapshot!(error("Other=1"), @"t.yaml:2: Parameters: a value was given for Other, which is not declared; declared: Mode, Size, Prefix, Vpc, Subnets, Groups");
}

#[test]
fn what_means_nothing_here_needs_no_value() {
    let text = "
Parameters:
  Image: { Type: String }
  Vpc: { Type: AWS::EC2::VPC::Id }
  Name: { Type: String }
Resources:
  T:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: mail
          Image: !Ref Image
          PortMappings: [{ ContainerPort: 8002 }]
          HealthCheck: { Command: [CMD, /mail, --check] }
          Environment: [{ Name: LISTEN_ADDRESS, Value: !Ref Name }]
";
    insta::assert_snapshot!(errors(text), @"
    t.yaml:5: Name: has no Default, so it needs a value: --parameter Name=...
    t.yaml:11: T: a container's Environment needs LISTEN_ADDRESS: there it is told where to listen here
    ");
}
