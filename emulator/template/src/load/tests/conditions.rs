use super::*;

/// A template whose function has these variables, with some parameters and conditions.
fn template(variables: &str) -> String {
    format!(
        "
Parameters:
  Kind: {{ Type: String, Default: small }}
  Name: {{ Type: String, Default: '' }}
Conditions:
  Large: !Equals [!Ref Kind, large]
  Named: {{ 'Fn::Not': [{{ 'Fn::Equals': [!Ref Name, ''] }}] }}
  Both: !And [!Condition Large, {{ Condition: Named }}]
  Either: !Or [!Condition Large, !Condition Named]
  Here: !Equals [!Ref AWS::Region, eu-central-1]
{}  T:
    Type: AWS::MSK::Topic
    Condition: Large
    Properties: {{ TopicName: t }}
",
        with_function(&format!(
            "      Environment: {{ Variables: {{ {variables} }} }}\n"
        ))
    )
}

fn loaded(text: &str, parameters: &[(&str, &str)]) -> Result<Model, TemplateErrors> {
    let parameters = parameters.iter();
    let options = LoadOptions {
        parameters: parameters
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        ..options()
    };
    load("t.yaml", text, &options)
}

fn environment(variables: &str, parameters: &[(&str, &str)]) -> String {
    let model = loaded(&template(variables), parameters).unwrap();
    let environment = model.functions["F"].environment.iter();
    let pairs: Vec<_> = environment.map(|(k, v)| format!("{k}={v}")).collect();
    pairs.join(" ")
}

#[test]
fn conditions_choose_values() {
    let variables = "L: !If [Large, y, n], N: !If [Named, y, n], B: !If [Both, y, n], \
         E: { 'Fn::If': [Either, y, n] }, H: !If [Here, y, n]";
    assert_eq!(environment(variables, &[]), "L=n N=n B=n E=n H=y");
    let one = [("Name", "x")];
    assert_eq!(environment(variables, &one), "L=n N=y B=n E=y H=y");
    let both = [("Name", "x"), ("Kind", "large")];
    assert_eq!(environment(variables, &both), "L=y N=y B=y E=y H=y");
}

#[test]
fn a_value_may_be_none_at_all() {
    let variables = "A: !If [Large, !Ref Kind, !Ref AWS::NoValue], B: b";
    assert_eq!(environment(variables, &[]), "B=b");
    let large = [("Kind", "large")];
    assert_eq!(environment(variables, &large), "A=large B=b");
}

#[test]
fn a_resource_whose_condition_does_not_hold_is_not_there() {
    let text = template("A: a");
    assert!(loaded(&text, &[]).unwrap().topics.is_empty());
    let model = loaded(&text, &[("Kind", "large")]).unwrap();
    assert_eq!(model.topics[0].name, "t");
}

#[test]
fn who_refers_to_what_is_not_there_does_so_within_an_if() {
    let guarded = "A: !If [Large, !Ref T, none]";
    assert_eq!(environment(guarded, &[]), "A=none");
    let error = loaded(&template("A: !Ref T, B: !GetAtt T.TopicArn"), &[]).unwrap_err();
    insta::assert_snapshot!(error, @"t.yaml:17: F: T is not created, since its condition Large does not hold: refer to it within an !If");
    let depends = template("A: a").replace(
        "Properties:\n      Runtime",
        "DependsOn: T\n    Properties:\n      Runtime",
    );
    let error = loaded(&depends, &[]).unwrap_err();
    insta::assert_snapshot!(error, @"t.yaml:15: F: DependsOn T, which is not created, since its condition Large does not hold");
    loaded(&depends, &[("Kind", "large")]).unwrap();
}

#[test]
fn what_is_not_used_must_be_right_too() {
    let unused = "A: !If [Large, !Ref Nothing, a]";
    let error = loaded(&template(unused), &[]).unwrap_err();
    assert!(
        error.to_string().contains("F: Nothing is neither"),
        "{error}"
    );
    let topic = template("A: a").replace("TopicName: t", "TopicName: !Ref Nothing");
    let error = loaded(&topic, &[]).unwrap_err();
    assert!(
        error.to_string().contains("T: Nothing is neither"),
        "{error}"
    );
}

#[test]
fn outputs_have_conditions() {
    let text = |condition: &str| {
        let outputs = format!("Outputs:\n  O: {{ {condition}Value: !Ref T }}\n");
        template("A: a") + &outputs
    };
    loaded(&text("Condition: Large, "), &[]).unwrap();
    let error = loaded(&text(""), &[]).unwrap_err();
    assert!(
        error.to_string().contains("Outputs: T is not created"),
        "{error}"
    );
}

#[test]
fn conditions_that_can_not_be_evaluated_are_reported() {
    let text = "
Parameters:
  List: { Type: CommaDelimitedList, Default: 'a,b' }
Conditions:
  Constant: true
  Itself: !Not [!Condition Itself]
  Unknown: !Condition Nowhere
  Other: !Contains [a, b]
  Resource: !Equals [!Ref F, a]
  Lists: !Equals [!Ref List, a]
  Few: !Equals [a]
  Attribute: !Equals [!GetAtt F.Arn, a]
Resources:
  F:
    Type: AWS::Serverless::Function
    Condition: Nothing
    Metadata: { BuildProperties: { Binary: f } }
    Properties:
      Runtime: provided.al2023
      Environment: { Variables: { A: !If [Nothing, a, b], B: !If [Few, a] } }
";
    insta::assert_snapshot!(errors(text), @r#"
    t.yaml:5: Constant: a condition must be a function; supported: !Equals, !And, !Or, !Not, !Condition
    t.yaml:6: Itself: depends on itself
    t.yaml:7: Unknown: there is no condition "Nowhere"
    t.yaml:8: Other: !Contains is no condition; supported: !Equals, !And, !Or, !Not, !Condition
    t.yaml:9: Resource: F is no parameter: conditions know parameters and pseudo parameters only
    t.yaml:10: Lists: !Equals can't compare List, which is a list
    t.yaml:11: Few: !Equals takes a list of 2
    t.yaml:12: Attribute: !Equals compares constants and !Ref of parameters
    t.yaml:16: F: there is no condition "Nothing" in Conditions
    t.yaml:20: F: !If takes a list of three: a condition's name, the value if it holds, and the value if not
    t.yaml:20: F: there is no condition "Nothing" in Conditions
    "#);
}
