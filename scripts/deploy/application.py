"""The application's stack: template.yaml as `make package` leaves it, deployed by SAM."""

import time
import urllib.parse

import stacks
from commands import Failed
from settings import CONFIG

TEMPLATE = "target/package/template.yaml"

# What calls an update back. CloudFormation takes five alarms at most:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
ALARMS = ["price-fanout-stuck", "snapshot-writer-stuck", "registration-fanout-stuck", "ticks-missing", "rest-errors"]

# Longer than the slowest of them needs, ten minutes.
MONITORING_MINUTES = 12

# How long a new stack may take until it publishes ticks, and its alarms know.
QUIET_SECONDS = 600


def deploy(commands, wanted, account, parameters):
    """Deploys the stack; what the site needs to know of it."""
    protect = parameters.get("ProtectTables") == "on"
    protected = protect and not commands.plan and is_protected(commands, wanted.stack)
    # A first deployment that fails could not be rolled back if tables were protected.
    sam_deploy(commands, wanted, parameters | ({"ProtectTables": "on" if protected else "off"} if protect else {}))
    if protect and not protected:
        guard(commands, wanted, account)
    return origin(commands, wanted)


def is_protected(commands, stack):
    if stacks.status(commands, stack) is None:
        return False
    return {"ParameterKey": "ProtectTables", "ParameterValue": "on"} in described(commands, stack)["Parameters"]


def described(commands, stack):
    return commands.aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]


def sam_deploy(commands, wanted, parameters):
    overrides = [f"{name}={value}" for name, value in parameters.items() if value != ""]
    # Without --config-file SAM looks for samconfig.toml beside the template.
    command = ["sam", "deploy", "--template-file", TEMPLATE, "--config-file", str(CONFIG), "--config-env", wanted.name]
    command += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--parameter-overrides", *overrides]
    stacks.apply(commands, wanted.stack, command)


def guard(commands, wanted, account):
    """Protects the tables of a new stack. From then on CloudFormation calls back each update that raises an alarm: it keeps the alarms
    for those that come after (docs/adr/0023-deployments-called-back.md)."""
    alarms = [f"{wanted.stack}-{alarm}" for alarm in ALARMS]
    wait_until_quiet(commands, alarms)
    arn = f"arn:aws:cloudwatch:{wanted.region}:{account}:alarm:"
    triggers = ",".join(f"{{Arn={arn}{alarm},Type=AWS::CloudWatch::Alarm}}" for alarm in alarms)
    command = ["aws", "cloudformation", "update-stack", "--stack-name", wanted.stack, "--use-previous-template"]
    command += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--parameters", *protecting(commands, wanted.stack)]
    command += ["--rollback-configuration", f"MonitoringTimeInMinutes={MONITORING_MINUTES},RollbackTriggers=[{triggers}]"]
    commands.change(*command, read=True)
    commands.say(f"Tables are being protected, and alarms watched for {MONITORING_MINUTES} minutes.")
    waiting = commands.start("aws", "cloudformation", "wait", "stack-update-complete", "--stack-name", wanted.stack)
    if not stacks.finishes(commands, wanted.stack, waiting):
        raise Failed(f"{wanted.stack} is there, but its tables are not protected. {stacks.what_failed(commands, wanted.stack)}")


def protecting(commands, stack):
    """The parameters of the stack as they are, but for one."""
    yield "ParameterKey=ProtectTables,ParameterValue=on"
    for parameter in [] if commands.plan else described(commands, stack)["Parameters"]:
        if parameter["ParameterKey"] != "ProtectTables":
            yield f"ParameterKey={parameter['ParameterKey']},UsePreviousValue=true"


def wait_until_quiet(commands, alarms):
    """Waits until no alarm is raised: that of missing ticks is, until the first ones come."""
    if commands.plan:
        return
    until = time.monotonic() + QUIET_SECONDS
    while True:
        found = commands.aws("cloudwatch", "describe-alarms", "--alarm-names", *alarms)["MetricAlarms"]
        raised = [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]
        if not raised:
            return
        if time.monotonic() > until:
            raise Failed(f"The stack is there, but {', '.join(raised)} is raised: docs/deploying.md#alarms says what to do. Then run this again.")
        commands.say(f"Waiting until {', '.join(raised)} is over.")
        time.sleep(stacks.PROGRESS_SECONDS)


def origin(commands, wanted):
    """What CloudFront has to know of both APIs."""
    outputs = stacks.outputs(commands, wanted.stack)
    rest, feed = (urllib.parse.urlsplit(outputs[name]) for name in ("RestUrl", "FeedUrl"))
    return {
        "RestHost": rest.netloc or outputs["RestUrl"],
        "FeedHost": feed.netloc or outputs["FeedUrl"],
        "Stage": rest.path.strip("/") if rest.netloc else "<Stage>",
        "OriginSecretArn": outputs["OriginSecretArn"],
    }
