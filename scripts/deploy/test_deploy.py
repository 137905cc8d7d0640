"""Deploying to an account that fake programs keep: what is called, in which order, and what is said where it can't be done."""

import re

import pytest

import application
from settings import ROOT

STACKS = ["network", "secrets", "kafka", "site"]
FROM_NOTHING = [
    "aws ecr create-repository",
    "docker build",
    "docker push",
    "aws cloudformation deploy",
    "aws cloudformation deploy",
    "aws cloudformation deploy",
    "sam deploy",
    "aws cloudformation deploy",
    "aws s3 sync dashboard/dist/assets s3://files/assets",
    "aws s3 sync dashboard/dist s3://files",
    "aws cloudfront create-invalidation",
]


def test_everything_comes_in_its_order(account):
    assert account.deploy() == 0, account.said
    assert account.changes == FROM_NOTHING
    stacks = [one["--stack-name"] for one in account.options("aws", "cloudformation", "deploy")]
    assert stacks == [[f"fastfusion-dev-{part}"] for part in STACKS]
    assert account.said.endswith("Dashboard and REST API: https://d1.cloudfront.net\nWebSocket feed:         wss://d1.cloudfront.net/api/v1/users/ws\n")


def test_a_second_time_changes_nothing(account):
    account.deploy()
    account.state["changed"] = []
    assert account.deploy() == 0, account.said
    assert account.state["changed"] == []
    # These find by themselves that there is nothing to do.
    assert set(account.changes) == {
        "aws cloudformation deploy",
        "sam deploy",
        "aws s3 sync dashboard/dist/assets s3://files/assets",
        "aws s3 sync dashboard/dist s3://files",
    }


def test_a_plan_runs_nothing(account):
    assert account.run("deploy", "prod", "--plan") == 0, account.said
    assert account.calls == []
    assert "$ make package" in account.said and "$ sam deploy" in account.said
    assert account.run("destroy", "prod", "--plan") == 0, account.said
    assert account.calls == []


def test_functions_and_dashboard_are_built_unless_they_are(account):
    assert account.run("deploy", "dev", "--set", "EmailSender=you@your.domain") == 0, account.said
    assert [call for call in account.calls if call[0] == "make"] == [["make", "package", "ARCH=arm64"], ["make", "dashboard"]]


def test_kafka_has_a_broker_in_each_zone(account):
    account.deploy()
    kafka, app = account.parameters("fastfusion-dev-kafka"), account.parameters("sam")
    assert account.parameters("fastfusion-dev-network")["Zones"] == kafka["Brokers"] == app["KafkaReplicas"] == "2"
    assert kafka["PrivateSubnets"] == app["PrivateSubnets"] == "subnet-1,subnet-2"
    assert app["KafkaBootstrapServers"] == "b-1:9098,b-2:9098"
    assert app["EmailSender"] == "you@your.domain"


def test_what_is_set_to_nothing_is_not_left_as_it_was(account):
    assert account.deploy("prod", alarms="AlarmEmail=") == 0, account.said
    assert account.parameters("sam")["AlarmEmail"] == '""'
    assert account.parameters("fastfusion-prod-site")["DomainName"] == ""


def test_the_site_leads_to_both_apis(account):
    account.deploy()
    host = "execute-api.eu-central-1.amazonaws.com"
    origin = {"RestHost": f"rest1.{host}", "FeedHost": f"feed1.{host}", "Stage": "live"}
    assert origin.items() <= account.parameters("fastfusion-dev-site").items()


def test_every_parameter_is_one_of_the_template(account):
    account.deploy("prod")
    for template, stack in [("template.yaml", "sam"), *((f"infra/{part}.yaml", f"fastfusion-prod-{part}") for part in STACKS)]:
        parameters = re.split(r"^[A-Z]\w+:$", (ROOT / template).read_text().split("\nParameters:\n")[-1], flags=re.MULTILINE)[0]
        declared = set(re.findall(r"^  (\w+):$", parameters, re.MULTILINE))
        assert set(account.parameters(stack)) <= declared, template


def test_files_that_change_are_asked_for_each_time(account):
    account.deploy()
    assets, rest = account.options("aws", "s3", "sync")
    assert assets["--cache-control"] == ["public, max-age=31536000, immutable"]
    assert "--delete" not in assets, "pages that are open may yet ask for older ones"
    assert rest["--cache-control"] == ["no-cache"]
    (invalidation,) = account.options("aws", "cloudfront", "create-invalidation")
    assert invalidation["--paths"] == ["/", "/favicon.svg", "/index.html"]


def test_production_is_guarded_once_it_is_there(account):
    account.state["alarms"] = {"fastfusion-prod-ticks-missing": 1}
    assert account.deploy("prod") == 0, account.said
    assert account.parameters("sam")["ProtectTables"] == "off"
    assert "Waiting until fastfusion-prod-ticks-missing is over." in account.said
    assert account.state["stacks"]["fastfusion-prod"]["parameters"]["ProtectTables"] == "on"
    (guard,) = account.options("aws", "cloudformation", "update-stack")
    unchanged = {one for one in guard["--parameters"] if one.endswith("UsePreviousValue=true")}
    assert len(unchanged) == len(account.parameters("sam")) - 1
    assert account.deploy("prod") == 0, account.said
    assert account.parameters("sam")["ProtectTables"] == "on"
    assert "aws cloudformation update-stack" not in account.changes


def test_an_alarm_that_would_have_the_update_rolled_back_is_said_before(account):
    account.deploy("prod")
    account.state["alarms"] = {"fastfusion-prod-rest-errors": 1}
    assert account.deploy("prod") == 1
    assert "fastfusion-prod-rest-errors is raised, and CloudFormation would roll the update back" in account.said
    assert account.changes == []


def test_what_mends_an_alarm_is_deployed_without_the_guard(account):
    account.deploy("prod")
    account.state["alarms"] = {"fastfusion-prod-rest-errors": 2}
    assert account.deploy("prod", "--unguarded") == 0, account.said
    off, on = account.options("aws", "cloudformation", "update-stack")
    assert off["--rollback-configuration"] == ["RollbackTriggers=[]"]
    assert account.parameters("sam")["ProtectTables"] == "off"
    assert "rest-errors" in on["--rollback-configuration"][0]
    assert account.state["stacks"]["fastfusion-prod"]["parameters"]["ProtectTables"] == "on"


def test_the_alarms_that_have_an_update_rolled_back_are_there():
    template = (ROOT / "template.yaml").read_text()
    for alarm in application.ALARMS:
        assert f"AlarmName: !Sub ${{AWS::StackName}}-{alarm}\n" in template
    assert len(application.ALARMS) <= 5, "CloudFormation takes five"


def test_what_takes_long_says_where_it_is(account):
    slow = account.bin / "sam"
    slow.write_text(slow.read_text().replace("exec ", "sleep 0.5; exec "))
    account.state["stacks"]["fastfusion-dev"] = {"status": "UPDATE_COMPLETE", "parameters": {}}
    assert account.deploy() == 0, account.said
    assert "fastfusion-dev, after 0 min: 0 of 3 resources are ready, Cluster CREATE_IN_PROGRESS" in account.said


def test_a_failed_stack_says_why_and_is_cleared_away_the_next_time(account):
    account.state["failing"] = ["fastfusion-dev-kafka"]
    assert account.deploy() != 0
    assert "fastfusion-dev-kafka failed. CloudFormation says:\n  Cluster: no subnet has room" in account.said
    assert "sam deploy" not in account.changes
    account.state["failing"] = []
    assert account.deploy() == 0, account.said
    assert "aws cloudformation delete-stack" in account.changes


def logged_out(account):
    account.state["logged out"] = True


def ten_executions(account):
    account.state["concurrency"] = 10


def unverified(account):
    account.state["verified"] = []


def few_brokers(account):
    account.state["quotas"]["Number of brokers per account"] = 4


def few_requests(account):
    account.state["quotas"]["Throttle rate"] = 2500


def forbidden(account):
    account.state["forbidden"] = ["list-clusters-v2"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (forbidden, "- brokers are allowed: `aws kafka list-clusters-v2 --output json` failed: An error occurred (AccessDeniedException)"),
        (logged_out, "AWS doesn't know who you are: Unable to locate credentials\nLog in (`aws sso login`"),
        (ten_executions, "Lambda has 10 concurrent executions left for this account, and price-tick's reservation needs 102: run `aws service-quotas"),
        (unverified, "SES has verified neither you@your.domain nor its domain in eu-central-1: run `aws sesv2 create-email-identity"),
        (few_brokers, "MSK allows this account 4 brokers, and 5 are needed: ask for more"),
        (few_requests, "API Gateway lets this account have 2500 requests a second, and the template's limits come to 3000"),
    ],
)
def test_what_is_missing_is_said_before_anything_changes(account, wrong, said):
    wrong(account)
    assert account.deploy() == 1
    assert said in account.said
    assert account.changes == []


def test_all_that_is_missing_is_said_at_once(account):
    few_brokers(account)
    ten_executions(account)
    account.deploy()
    assert "4 brokers" in account.said and "10 concurrent executions" in account.said


def test_a_small_account_can_do_without_the_reservation(account):
    ten_executions(account)
    assert account.run("deploy", "dev", "--built", "--set", "EmailSender=you@your.domain", "ReserveConcurrency=off") == 0, account.said


def test_a_verified_domain_is_enough(account):
    account.state["verified"] = ["your.domain"]
    assert account.deploy() == 0, account.said


def test_the_stack_can_have_the_sender_verified(account):
    unverified(account)
    assert account.deploy("dev", alarms="CreateSenderIdentity=on") == 0, account.said
    assert "before somebody follows the link that SES mails to you@your.domain" in account.said


@pytest.mark.parametrize("name", ["EmailSender", "AlarmEmail"])
def test_addresses_have_to_be_ones_own(account, name):
    given = {"EmailSender": "you@your.domain", "AlarmEmail": "you@your.domain"} | {name: "hello@fastfusion.example"}
    assert account.deploy("prod", sender=f"EmailSender={given['EmailSender']}", alarms=f"AlarmEmail={given['AlarmEmail']}") == 1
    assert f"{name} is hello@fastfusion.example, which is nobody's address: set it in samconfig.toml" in account.said
    assert account.changes == []


def test_there_has_to_be_a_sender(account):
    assert account.deploy(sender="EmailSender=") == 1
    assert "EmailSender is empty, which is nobody's address" in account.said


@pytest.mark.parametrize("tool", ["aws", "sam"])
def test_tools_that_are_missing_are_named(account, tool):
    account.hide(tool)
    assert account.deploy() == 1
    assert "Missing: " in account.said and tool in account.said
    assert account.changes == []


def test_an_image_needs_a_builder(account):
    account.hide("docker")
    assert account.deploy() == 1
    assert "install docker, podman or buildah" in account.said
    assert account.changes == []


def test_an_image_that_is_there_needs_no_builder(account):
    account.deploy()
    account.hide("docker")
    assert account.deploy() == 0, account.said


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("UPDATE_IN_PROGRESS", "fastfusion-dev is UPDATE_IN_PROGRESS: wait until that is over"),
        ("UPDATE_ROLLBACK_FAILED", "run `aws cloudformation continue-update-rollback --stack-name fastfusion-dev`"),
    ],
)
def test_a_stack_that_cant_be_updated_says_what_to_do(account, status, said):
    account.state["stacks"]["fastfusion-dev"] = {"status": status, "parameters": {}}
    assert account.deploy() == 1
    assert said in account.said
    assert "sam deploy" not in account.changes


@pytest.mark.parametrize("environment", ["", "staging"])
def test_environments_are_those_of_samconfig(account, environment):
    assert account.run("deploy", environment) == 1
    assert "Say ENV=dev or ENV=prod" in account.said
    assert account.calls == []


def test_a_setting_has_a_name_and_a_value(account):
    assert account.run("deploy", "dev", "--set", "EmailSender") == 1
    assert "'EmailSender' is not of the form Name=value." in account.said
