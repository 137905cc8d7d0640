"""Every call of the AWS CLI that deploying and destroying make, held against the AWS CLI itself: no request leaves this machine."""

import re
import shlex

import awscli.clidriver
import botocore.validate
import pytest
from awscli.customizations.commands import BasicCommand
from awscli.customizations.waiters import WaiterCaller


class Refused(Exception):
    pass


def validate(shape, parameters):
    report = botocore.validate.ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise Refused(report.generate_report())


def invoke(self, service_name, operation_name, parameters, parsed_globals):
    model = self._session.get_service_model(service_name)
    validate(model.operation_model(operation_name).input_shape, parameters)
    return 0


def wait(self, service_name, operation_name, parameters, parsed_globals):
    return 0


def descendants(kind):
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


@pytest.fixture
def cli(monkeypatch):
    """Runs the AWS CLI up to where it would send a request; its exit code and what it complains of."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(awscli.clidriver.CLIOperationCaller, "invoke", invoke)
    monkeypatch.setattr(WaiterCaller, "invoke", wait)

    def run(arguments):
        driver = awscli.clidriver.create_clidriver()
        for kind in descendants(BasicCommand):
            if "_run_main" in vars(kind) and not kind.__name__.startswith("Wait"):
                monkeypatch.setattr(kind, "_run_main", lambda self, parsed_args, parsed_globals: 0)
        try:
            return driver.main(arguments)
        except SystemExit as exit:
            return exit.code

    return run


@pytest.fixture
def calls(account):
    """All that is called from nothing to nothing, and what people are told to run."""
    account.state["alarms"] = {"fastfusion-prod-ticks-missing": 1}
    account.deploy("prod")
    made, said = account.calls, account.said
    account.state["stacks"]["fastfusion-prod-kafka"]["status"] = "ROLLBACK_COMPLETE"
    account.state["alarms"] = {"fastfusion-prod-rest-errors": 2}
    account.deploy("prod", "--unguarded")
    made, said = made + account.calls, said + account.said
    account.run("destroy", "prod", typed="fastfusion-prod\n")
    made, said = made + account.calls, said + account.said
    account.state |= {"verified": [], "concurrency": 10, "failing": ["fastfusion-prod-network"]}
    account.deploy("prod")
    said += account.said
    account.state |= {"verified": ["your.domain"], "concurrency": 1000}
    account.deploy("prod")
    made, said = made + account.calls, said + account.said
    told = re.findall(r"^  aws (.*)$|`aws ((?!sso|configure)[^`]*)`", said, re.MULTILINE)
    return [call[1:] for call in made if call[0] == "aws"], [shlex.split(one or other) for one, other in told]


def test_the_cli_takes_every_call(calls, cli, capfd):
    made, told = calls
    assert len({tuple(call[:2]) for call in made}) >= 20 and len(told) >= 7
    for call in {tuple(call) for call in made + told}:
        assert cli(list(call)) == 0, (call, capfd.readouterr().err)


@pytest.mark.parametrize(
    "wrong",
    [
        "cloudformation deploy --stack-name s --template-file t --parameters-overrides A=B",
        "cloudformation wait stack-deleted --stack-name s",
        "cloudformation update-stack --stack-name s --rollback-configuration MonitoringMinutes=1",
        "ecr describe-images --repository-name r --image-ids tag=1",
        "s3 sync a s3://b --cachecontrol no-cache",
        "sesv2 get-email-identity",
    ],
)
def test_a_slip_would_be_noticed(cli, wrong):
    assert cli(shlex.split(wrong)) != 0
