//! `--check`: the template is read, and nothing starts.

use super::*;

#[test]
fn check_reads_the_template_and_starts_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path()).arg("--check").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, summary) = text.split_once("template.yaml: ").unwrap();
    insta::assert_snapshot!(summary, @"1 function, 1 REST route, 1 Kafka trigger, 2 schedules, 1 table, 1 topic, 1 secret");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn parameters_decide_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--check", "--parameter", "CreateTopics=off"];
    let output = command(dir.path()).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, summary) = text.split_once("template.yaml: ").unwrap();
    insta::assert_snapshot!(summary, @"1 function, 1 REST route, 1 Kafka trigger, 2 schedules, 1 table, 1 secret");
}

#[test]
fn check_says_all_that_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--check", "--parameter", "Nothing=1"];
    let message = said(&command(dir.path()).args(arguments).output().unwrap());
    assert!(
        message.contains("a value was given for Nothing"),
        "{message}"
    );
}
