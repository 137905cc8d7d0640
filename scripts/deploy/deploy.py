"""Deploys an environment to AWS, from nothing or on top of what there is.

usage: deploy.py ENVIRONMENT [--plan] [--built] [--unguarded] [--set Name=value ...]
  --plan       prints what would be run, and asks or changes nothing
  --built      takes functions and dashboard as they were built before
  --unguarded  deploys although an alarm is raised that would have the update rolled back
  --set        gives parameters of template.yaml other values than samconfig.toml does
"""

import argparse
import os

import application
import checks
import image
import settings
import site_files
import stacks
from commands import Commands, Failed, run


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("environment", nargs="?", default="")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--built", action="store_true")
    parser.add_argument("--unguarded", action="store_true")
    parser.add_argument("--set", nargs="*", default=[])
    given = parser.parse_args()
    wanted = settings.read(given.environment, given.set, given.unguarded)
    os.chdir(settings.ROOT)
    deploy(Commands(given.plan, {"AWS_REGION": wanted.region, "AWS_DEFAULT_REGION": wanted.region}), wanted, given.built)


def deploy(commands, wanted, built):
    account = checks.all_hold(commands, wanted)
    build(commands, built)
    notification = image.publish(commands, account, wanted.region)
    network = infrastructure(commands, wanted, "network", wanted.network)
    secrets = infrastructure(commands, wanted, "secrets", {})
    kafka = infrastructure(commands, wanted, "kafka", kafka_parameters(wanted, network))
    origin = application.deploy(commands, wanted, account, parameters(commands, wanted, network, secrets, kafka, notification))
    site = infrastructure(commands, wanted, "site", wanted.site | origin)
    site_files.upload(commands, site["FilesBucket"], site["DistributionId"])
    commands.say(f"\nDashboard and REST API: {site['Url']}\nWebSocket feed:         {site['FeedUrl']}")


def build(commands, built):
    if not built:
        commands.change("make", "package", "ARCH=arm64")
        commands.change("make", "dashboard")
    elif not (os.path.exists(application.TEMPLATE) and site_files.are_built()):
        raise Failed("There is nothing built: run `make package dashboard` first, or leave BUILT out.")


def infrastructure(commands, wanted, part, parameters):
    """Deploys a stack of infra/, and gives its outputs."""
    stack = wanted.stack_of(part)
    stacks.deploy(commands, stack, f"infra/{part}.yaml", parameters)
    return stacks.outputs(commands, stack)


def kafka_parameters(wanted, network):
    return wanted.kafka | {
        "ClusterName": wanted.stack,
        "Brokers": wanted.zones,
        "PrivateSubnets": network["PrivateSubnets"],
        "KafkaSecurityGroup": network["KafkaSecurityGroup"],
    }


def parameters(commands, wanted, network, secrets, kafka, notification):
    """What the application is deployed with: what the stacks under it put out, and what samconfig.toml says."""
    cluster = kafka["KafkaClusterArn"]
    return {
        "KafkaClusterArn": cluster,
        "KafkaClusterName": kafka["KafkaClusterName"],
        "KafkaBootstrapServers": bootstrap_servers(commands, cluster),
        "KafkaReplicas": wanted.zones,
        "VpcId": network["VpcId"],
        "PrivateSubnets": network["PrivateSubnets"],
        "FunctionSecurityGroups": network["FunctionSecurityGroups"],
        "PriceSecretArn": secrets["PriceSecretArn"],
        "NotificationImage": notification,
    } | wanted.application


def bootstrap_servers(commands, cluster):
    if commands.plan:
        return "<aws kafka get-bootstrap-brokers>"
    return commands.aws("kafka", "get-bootstrap-brokers", "--cluster-arn", cluster)["BootstrapBrokerStringSaslIam"]


if __name__ == "__main__":
    run(main)
