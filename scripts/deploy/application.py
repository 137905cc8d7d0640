"""The application's stack: template.yaml as `make package` leaves it, deployed by SAM."""

import time
import urllib.parse

import stacks
from commands import Failed
from settings import CONFIG

TEMPLATE = "target/package/template.yaml"

# What has an update rolled back. CloudFormation takes five alarms at most:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
ALARMS = ["price-fanout-stuck", "snapshot-writer-stuck", "registration-fanout-stuck", "ticks-missing", "rest-errors"]

# Longer than the slowest of them needs, ten minutes.
MONITORING_MINUTES = 12

# How long a new stack may take until it publishes ticks, and its alarms know.
QUIET_SECONDS = 600


def deploy(commands, wanted, account, parameters):
    """Deploys the stack; what the site needs to know of it."""
    protect = wants_guard(wanted)
    guarded = protect and not commands.plan and is_guarded(commands, wanted.stack)
    if guarded and wanted.unguarded and raised_alarms(commands, wanted.stack):
        update(commands, wanted.stack, "off", "RollbackTriggers=[]")
        guarded = False
    # A first deployment that fails could not be rolled back if tables were protected.
    sam_deploy(commands, wanted, parameters | ({"ProtectTables": "on" if guarded else "off"} if protect else {}))
    if protect and not guarded:
        guard(commands, wanted, account)
    return origin(commands, wanted)


def wants_guard(wanted):
    return wanted.application.get("ProtectTables") == "on"


def is_guarded(commands, stack):
    """Whether tables are protected, and alarms have updates rolled back: both come together."""
    if stacks.status(commands, stack) is None:
        return False
    return {"ParameterKey": "ProtectTables", "ParameterValue": "on"} in described(commands, stack)["Parameters"]


def described(commands, stack):
    return commands.aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]


def raised_alarms(commands, stack):
    """The alarms that would have an update rolled back at once."""
    names = [f"{stack}-{alarm}" for alarm in ALARMS]
    found = commands.aws("cloudwatch", "describe-alarms", "--alarm-names", *names)["MetricAlarms"]
    return [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]


def sam_deploy(commands, wanted, parameters):
    # SAM takes nothing after the sign for no parameter at all, and would leave the stack's value as it is.
    overrides = [f"{name}={value}" if value else f'{name}=""' for name, value in parameters.items()]
    # Without --config-file SAM looks for samconfig.toml beside the template.
    command = ["sam", "deploy", "--template-file", TEMPLATE, "--config-file", str(CONFIG), "--config-env", wanted.name]
    command += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--parameter-overrides", *overrides]
    stacks.apply(commands, wanted.stack, command)


def guard(commands, wanted, account):
    """Protects the tables of a stack. From then on CloudFormation rolls back each update that raises an alarm: it keeps the triggers
    for those that come after (docs/adr/0023-rolling-back-deployments.md)."""
    wait_until_quiet(commands, wanted.stack)
    arn = f"arn:aws:cloudwatch:{wanted.region}:{account}:alarm:{wanted.stack}-"
    triggers = ",".join(f"{{Arn={arn}{alarm},Type=AWS::CloudWatch::Alarm}}" for alarm in ALARMS)
    commands.say(f"Tables are being protected, and alarms watched for {MONITORING_MINUTES} minutes.")
    update(commands, wanted.stack, "on", f"MonitoringTimeInMinutes={MONITORING_MINUTES},RollbackTriggers=[{triggers}]")


def update(commands, stack, protect, rollback):
    """Changes what guards a stack, and nothing else of it."""
    kept = [] if commands.plan else [one["ParameterKey"] for one in described(commands, stack)["Parameters"]]
    parameters = [f"ParameterKey={name},UsePreviousValue=true" for name in kept if name != "ProtectTables"]
    command = ["aws", "cloudformation", "update-stack", "--stack-name", stack, "--use-previous-template"]
    command += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    command += ["--parameters", f"ParameterKey=ProtectTables,ParameterValue={protect}", *parameters]
    commands.change(*command, "--rollback-configuration", rollback, read=True)
    waiting = commands.start("aws", "cloudformation", "wait", "stack-update-complete", "--stack-name", stack)
    if not stacks.finishes(commands, stack, waiting):
        raise Failed(f"The protection of {stack}'s tables could not be changed. {stacks.what_failed(commands, stack)}")


def wait_until_quiet(commands, stack):
    """Waits until no alarm is raised: that of missing ticks is, until the first ones come."""
    until = time.monotonic() + QUIET_SECONDS
    while not commands.plan and (raised := ", ".join(raised_alarms(commands, stack))):
        if time.monotonic() > until:
            raise Failed(f"The stack is there, but {raised} is raised: docs/deploying.md#alarms says what to do. Then run this again.")
        commands.say(f"Waiting until {raised} is over.")
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
