"""The notification service's image: built and pushed, unless the registry has it."""

import hashlib
import shutil
import subprocess

from commands import CommandFailed
from settings import ROOT

REPOSITORY = "fastfusion/notification"
DOCKERFILE = "services/notification/Dockerfile"
# The task definition's.
PLATFORM = "linux/amd64"
# All that the image is made of.
SOURCES = [".cargo", "Cargo.lock", "Cargo.toml", "certs", "crates", "proto", "scripts/image", "scripts/package", "scripts/zig.sh", "services"]


def publish(commands, account, region):
    """The image's name in the registry, which has it then."""
    registry = f"{account}.dkr.ecr.{region}.amazonaws.com"
    tag = digest()
    image = f"{registry}/{REPOSITORY}:{tag}"
    if not commands.plan:
        create_repository(commands)
        if exists(commands, tag):
            commands.say(f"{image} is in the registry")
            return image
    push(commands, builder() or "docker", registry, image)
    return image


def digest():
    """The same for the same sources, so that an image is built and rolled out only if it is another."""
    listed = subprocess.run(["git", "ls-files", "-z", "--", *SOURCES], cwd=ROOT, capture_output=True, check=True).stdout
    found = hashlib.sha256()
    for name in sorted(listed.decode().split("\0")[:-1]):
        path = ROOT / name
        if path.is_file():
            found.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()[:16]


def create_repository(commands):
    try:
        commands.aws("ecr", "describe-repositories", "--repository-names", REPOSITORY)
    except CommandFailed as failure:
        if "RepositoryNotFoundException" not in failure.errors:
            raise
        create = ["aws", "ecr", "create-repository", "--repository-name", REPOSITORY]
        create += ["--image-tag-mutability", "IMMUTABLE", "--image-scanning-configuration", "scanOnPush=true"]
        commands.change(*create, read=True)


def exists(commands, tag):
    try:
        commands.aws("ecr", "describe-images", "--repository-name", REPOSITORY, "--image-ids", f"imageTag={tag}")
    except CommandFailed as failure:
        if "ImageNotFoundException" not in failure.errors and "RepositoryNotFoundException" not in failure.errors:
            raise
        return False
    return True


def builder():
    """Whichever there is that builds images, as they take the same arguments; None if there is none."""
    return next(filter(shutil.which, ("docker", "podman", "buildah")), None)


def push(commands, program, registry, image):
    password = "" if commands.plan else commands.read("aws", "ecr", "get-login-password")
    commands.change(program, "login", "--username", "AWS", "--password-stdin", registry, stdin=password)
    commands.change(program, "build", "--platform", PLATFORM, "--file", DOCKERFILE, "--tag", image, ".")
    commands.change(program, "push", image)
