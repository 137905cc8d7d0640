"""What must hold before anything is built or created. Each check yields what is wrong, and what to do."""

import subprocess

import application
import image
import stacks
from commands import CommandFailed, Failed
from settings import ROOT

# Lambda keeps so many for functions that reserve nothing, and price-tick reserves two:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
CONCURRENCY = 102

# What template.yaml lets both APIs take together, each second.
REQUESTS = 3000


def all_hold(commands, settings):
    """The account that is deployed to, if nothing speaks against it."""
    if not commands.plan:
        tools_are_here(commands)
    account = credentials_work(commands)
    commands.say(f"Deploying {settings.stack} to account {account} in {settings.region}.")
    found = [] if commands.plan else list(problems(commands, settings))
    if found:
        raise Failed("Nothing was deployed:\n" + "\n".join(f"- {problem}" for problem in found))
    return account


def problems(commands, settings):
    for check in CHECKS:
        try:
            yield from check(commands, settings)
        except CommandFailed as failure:
            yield f"{check.__name__.replace('_', ' ')}: {failure}"


def tools_are_here(commands):
    tools = ["aws", "sam", "cargo", "cc", "make", "perl", "python3", "node20"]
    if subprocess.run([ROOT / "scripts/need.sh", *tools], env=commands.environment).returncode != 0:
        raise Failed("Install what is missing, and run this again.")


def credentials_work(commands):
    if commands.plan:
        return "ACCOUNT"
    try:
        return commands.aws("sts", "get-caller-identity")["Account"]
    except CommandFailed as failure:
        raise Failed(
            f"AWS doesn't know who you are: {failure.errors.strip()}\n"
            "Log in (`aws sso login`, or `aws configure`), name the profile in AWS_PROFILE if there are several, and run this again."
        ) from None


def image_can_be_built(commands, settings):
    if image.builder() is None and not image.exists(commands, image.digest()):
        yield "Nothing here builds the notification service's image: install docker, podman or buildah."


def addresses_are_somebodys(commands, settings):
    for name in ("EmailSender", "AlarmEmail"):
        address = settings.application.get(name, "")
        if address.endswith(".example") or (name == "EmailSender" and not address):
            yield f'{name} is {address or "empty"}, which is nobody\'s address: set it in samconfig.toml, or add SET="{name}=you@your.domain".'


def sender_is_verified(commands, settings):
    sender = settings.application.get("EmailSender", "")
    if not sender or sender.endswith(".example"):
        return
    if settings.application.get("CreateSenderIdentity") == "on":
        commands.say(f"Note: no mail is sent before somebody follows the link that SES mails to {sender}.")
        return
    for identity in (sender, sender.rpartition("@")[2]):
        try:
            if commands.aws("sesv2", "get-email-identity", "--email-identity", identity)["VerifiedForSendingStatus"]:
                break
        except CommandFailed as failure:
            if "NotFoundException" not in failure.errors:
                raise
    else:
        yield (
            f"SES has verified neither {sender} nor its domain in {settings.region}: run"
            f" `aws sesv2 create-email-identity --email-identity {sender} --region {settings.region}`, and follow the link in the mail."
        )
    if not commands.aws("sesv2", "get-account").get("ProductionAccessEnabled"):
        commands.say("Note: SES is in its sandbox, and sends to verified addresses alone until AWS grants production access.")


def concurrency_can_be_reserved(commands, settings):
    if settings.application.get("ReserveConcurrency") == "off" or stacks.status(commands, settings.stack):
        return
    limit = commands.aws("lambda", "get-account-settings")["AccountLimit"]
    free = int(limit["UnreservedConcurrentExecutions"])
    if free < CONCURRENCY:
        yield (
            f"Lambda has {free} concurrent executions left for this account, and price-tick's reservation needs {CONCURRENCY}: run"
            " `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000`,"
            ' or deploy without the reservation: SET="ReserveConcurrency=off".'
        )


def brokers_are_allowed(commands, settings):
    if stacks.status(commands, settings.stack_of("kafka")):
        return
    clusters = commands.aws("kafka", "list-clusters-v2")["ClusterInfoList"]
    used = sum(cluster.get("Provisioned", {}).get("NumberOfBrokerNodes", 0) for cluster in clusters)
    needed = used + int(settings.zones)
    quota = quota_of(commands, "kafka", "Number of brokers per account")
    if quota is not None and quota < needed:
        yield (
            f"MSK allows this account {quota:.0f} brokers, and {needed} are needed: ask for more under"
            " https://console.aws.amazon.com/servicequotas/home/services/kafka/quotas."
        )


def requests_are_allowed(commands, settings):
    quota = quota_of(commands, "apigateway", "Throttle rate")
    if quota is not None and quota < REQUESTS:
        yield (
            f"API Gateway lets this account have {quota:.0f} requests a second, and the template's limits come to {REQUESTS}: ask for more under"
            " https://console.aws.amazon.com/servicequotas/home/services/apigateway/quotas."
        )


def nothing_would_roll_it_back(commands, settings):
    if settings.unguarded or not application.wants_guard(settings) or not application.is_guarded(commands, settings.stack):
        return
    if raised := ", ".join(application.raised_alarms(commands, settings.stack)):
        yield (
            f"{raised} is raised, and CloudFormation would roll the update back (docs/deploying.md#a-deployment-that-raises-an-alarm)."
            " Wait until it is over, or if this deployment is the fix, add UNGUARDED=1."
        )


def quota_of(commands, service, name):
    """A quota of the account by its name; None where Service Quotas doesn't list it."""
    # What was never raised may be listed among the defaults alone.
    for listing in ("list-service-quotas", "list-aws-default-service-quotas"):
        for quota in commands.aws("service-quotas", listing, "--service-code", service)["Quotas"]:
            if quota["QuotaName"] == name:
                return quota["Value"]
    commands.say(f"Note: Service Quotas doesn't list {name!r} of {service}, so it is not checked.")
    return None


CHECKS = [
    image_can_be_built,
    addresses_are_somebodys,
    sender_is_verified,
    concurrency_can_be_reserved,
    brokers_are_allowed,
    requests_are_allowed,
    nothing_would_roll_it_back,
]
