"""CloudFormation stacks: created, updated, waited for and deleted."""

import os
import subprocess
import time

from commands import CommandFailed, Failed

# How often a stack that takes longer says where it is.
PROGRESS_SECONDS = float(os.environ.get("PROGRESS_SECONDS", "60"))

# What a change set leaves that nobody has executed. The next one takes its place.
NEVER_EXECUTED = "REVIEW_IN_PROGRESS"

# What an operator has to do where CloudFormation itself goes no further.
STUCK = {
    "DELETE_FAILED": "look into its events for what could not be deleted, and run `make destroy` again",
    "ROLLBACK_FAILED": "delete it (`make destroy`), and deploy again",
    "UPDATE_ROLLBACK_FAILED": "run `aws cloudformation continue-update-rollback --stack-name {stack}`, and deploy again",
}


def status(commands, stack):
    """What state a stack is in; None if there is none."""
    try:
        return commands.aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]["StackStatus"]
    except CommandFailed as failure:
        if "does not exist" in failure.errors:
            return None
        raise


def outputs(commands, stack):
    """The outputs of a stack. With a plan it need not be there: what it would put out is named."""
    if commands.plan:
        return Planned(stack)
    described = commands.aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


class Planned(dict):
    def __init__(self, stack):
        super().__init__()
        self.stack = stack

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return f"<{name} of {self.stack}>"


def resources(commands, stack):
    return commands.aws("cloudformation", "describe-stack-resources", "--stack-name", stack)["StackResources"]


def deploy(commands, stack, template, parameters):
    """Creates or updates a stack of infra/."""
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    command = ["aws", "cloudformation", "deploy", "--stack-name", stack, "--template-file", template]
    command += ["--no-fail-on-empty-changeset"]
    apply(commands, stack, [*command, *(["--parameter-overrides", *overrides] if overrides else [])])


def apply(commands, stack, command):
    """Runs a command that creates or updates a stack, once the stack can be."""
    make_way(commands, stack)
    if not finishes(commands, stack, commands.start(*command)):
        raise Failed(f"{stack} failed. {what_failed(commands, stack)}")


def make_way(commands, stack):
    state = None if commands.plan else status(commands, stack)
    if state is None:
        return
    if state == "ROLLBACK_COMPLETE":
        commands.say(f"{stack} is left over from a first deployment that failed, and is empty. Deleting it first.")
        delete(commands, stack)
    elif state.endswith("_IN_PROGRESS") and state != NEVER_EXECUTED:
        raise Failed(f"{stack} is {state}: wait until that is over, and run this again.")
    elif state in STUCK:
        raise Failed(f"{stack} is {state}: {STUCK[state].format(stack=stack)}.")


def delete(commands, stack):
    """Deletes a stack, if it is there, and waits until it is gone."""
    if not commands.plan and status(commands, stack) is None:
        commands.say(f"{stack} does not exist")
        return
    commands.change("aws", "cloudformation", "delete-stack", "--stack-name", stack)
    waiting = commands.start("aws", "cloudformation", "wait", "stack-delete-complete", "--stack-name", stack)
    if not finishes(commands, stack, waiting):
        raise Failed(f"{stack} could not be deleted. {what_failed(commands, stack)}")


def finishes(commands, stack, process):
    """Waits for what works on a stack, and says each minute how far it is; whether it succeeds."""
    if process is None:
        return True
    began = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=PROGRESS_SECONDS) == 0
            except subprocess.TimeoutExpired:
                minutes = (time.monotonic() - began) / 60
                commands.say(f"{stack}, after {minutes:.0f} min: {how_far(commands, stack)}")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def how_far(commands, stack):
    try:
        states = {one["LogicalResourceId"]: one["ResourceStatus"] for one in resources(commands, stack)}
    except CommandFailed:
        return "no resources yet"
    busy = sorted(f"{name} {state}" for name, state in states.items() if state.endswith("_IN_PROGRESS"))
    ready = sum(state.endswith("_COMPLETE") for state in states.values())
    return f"{ready} of {len(states)} resources are ready" + "".join(f", {one}" for one in busy[:5])


def what_failed(commands, stack):
    """The first failures of the latest operation, which are the causes of the others."""
    try:
        events = commands.aws("cloudformation", "describe-stack-events", "--stack-name", stack)["StackEvents"]
    except CommandFailed:
        return "Its events can't be read."
    reasons = []
    for event in events:
        own = event.get("PhysicalResourceId") == event.get("StackId")
        if own and event.get("ResourceStatusReason") == "User Initiated":
            break
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
            reasons.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}")
    return "CloudFormation says:\n" + "\n".join(f"  {reason}" for reason in reversed(reasons[-3:])) if reasons else "See its events."
