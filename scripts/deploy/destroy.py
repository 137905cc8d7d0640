"""Deletes an environment's stacks, once somebody has typed its name, and says what is kept.

usage: destroy.py ENVIRONMENT [--plan]
  --plan   prints what would be run, and asks or changes nothing
"""

import argparse
import os

import checks
import image
import settings
import stacks
from commands import Commands, Failed, run


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("environment", nargs="?", default="")
    parser.add_argument("--plan", action="store_true")
    given = parser.parse_args()
    wanted = settings.read(given.environment)
    os.chdir(settings.ROOT)
    destroy(Commands(given.plan, {"AWS_REGION": wanted.region, "AWS_DEFAULT_REGION": wanted.region}), wanted)


def destroy(commands, wanted):
    account = checks.credentials_work(commands)
    confirm(commands, wanted, account)
    kept = [] if commands.plan else retained(commands, wanted.stack)
    delete_site(commands, wanted.stack_of("site"))
    for stack in (wanted.stack, wanted.stack_of("kafka"), wanted.stack_of("network")):
        stacks.delete(commands, stack)
    tell(commands, wanted, kept)


def confirm(commands, wanted, account):
    if commands.plan:
        return
    commands.say(f"This deletes {wanted.stack} in account {account}, {wanted.region}: functions, APIs, Kafka with all that it holds, and the site.")
    try:
        typed = input(f"Type {wanted.stack} to go on: ")
    except EOFError:
        typed = ""
    if typed != wanted.stack:
        raise Failed("That is not the stack's name. Nothing was deleted.")


def delete_site(commands, stack):
    # A bucket that holds something can't be deleted.
    if commands.plan or stacks.status(commands, stack) is not None:
        outputs = stacks.outputs(commands, stack)
        if "FilesBucket" in outputs:
            commands.change("aws", "s3", "rm", f"s3://{outputs['FilesBucket']}", "--recursive", "--quiet")
    stacks.delete(commands, stack)


def retained(commands, stack):
    """Type and name of what the stack's deletion leaves behind."""
    if stacks.status(commands, stack) is None:
        return []
    kinds = ("AWS::DynamoDB::Table", "AWS::SecretsManager::Secret")
    return [(one["ResourceType"], one["PhysicalResourceId"]) for one in stacks.resources(commands, stack) if one["ResourceType"] in kinds]


def tell(commands, wanted, kept):
    region = f"--region {wanted.region}"
    commands.say("\nTables and secrets are kept, since they can't be made again. A new stack can import them: docs/deploying.md#what-outlives-the-stack.")
    commands.say("To delete them for good:")
    for kind, name in kept:
        if kind == "AWS::DynamoDB::Table":
            commands.say(f"  aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled {region}")
            commands.say(f"  aws dynamodb delete-table --table-name {name} {region}")
        else:
            commands.say(f"  aws secretsmanager delete-secret --secret-id {name} --recovery-window-in-days 7 {region}")
    commands.say(f"The price secret (PriceSecretArn, an output of {wanted.stack_of('secrets')}) and its stack are kept, too. To delete them:")
    commands.say(f"  aws secretsmanager delete-secret --secret-id <PriceSecretArn> --recovery-window-in-days 7 {region}")
    commands.say(f"  aws cloudformation delete-stack --stack-name {wanted.stack_of('secrets')} {region}")
    commands.say("So are the images of the notification service, for all environments in this account and region. To delete them:")
    commands.say(f"  aws ecr delete-repository --repository-name {image.REPOSITORY} --force {region}")
    commands.say("SAM's bucket for code (the stack aws-sam-cli-managed-default) serves whatever SAM deploys in this account and region, and is left alone.")


if __name__ == "__main__":
    run(main)
