"""What runs for the images that docker-compose.yml names.

Our own are the images themselves, unpacked: buildah has made them of the same Dockerfiles. Those of others can't be had without a
registry; the same software runs for them as a program of this machine, and takes its settings from the compose file as the image does.
"""

import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass, field

from compose_file import ROOT

BUILDAH = ROOT / "scripts" / "image" / "buildah.sh"
UNPACKED = ROOT / "target" / "image" / "unpacked"


@dataclass
class Program:
    """How a service runs on this machine, outside its network."""

    command: list[str]
    env: dict[str, str]
    # Where it sees the files of its image, as whom it runs, and in which directory.
    root: pathlib.Path | None = None
    user: int = 0
    directory: str = "/"
    health: list[str] = field(default_factory=list)


class OwnImage:
    """One of ours, from buildah's storage."""

    def __init__(self, name: str):
        self.name = name
        inspected = subprocess.run([BUILDAH, "inspect", "--type", "image", f"localhost/{name}:latest"], capture_output=True, text=True)
        assert inspected.returncode == 0, f"there is no image {name}: `make image IMAGE_TOOL=buildah` makes it\n{inspected.stderr}"
        self.config = json.loads(inspected.stdout)["Docker"]["config"]

    def unpack(self) -> pathlib.Path:
        """Its files, with what an engine adds: the places where it mounts something."""
        target = UNPACKED / self.name.replace("/", "-")
        subprocess.run(["rm", "-rf", target], check=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        container = self.buildah("from", "--pull-never", f"localhost/{self.name}:latest")
        try:
            subprocess.run(["cp", "-a", self.buildah("mount", container), target], check=True)
        finally:
            self.buildah("rm", container)
        for place in ("proc", "dev", "tmp", "etc"):
            (target / place).mkdir(exist_ok=True)
        (target / "etc" / "hosts").touch()
        return target

    @staticmethod
    def buildah(*arguments: str) -> str:
        return subprocess.run([BUILDAH, *arguments], check=True, capture_output=True, text=True).stdout.strip()

    def program(self, service: dict, root: pathlib.Path) -> Program:
        entrypoint = service.get("entrypoint") or self.config["Entrypoint"]
        # A command of the image belongs to an entrypoint of the image.
        command = service.get("command") or ([] if service.get("entrypoint") else self.config.get("Cmd") or [])
        return Program(
            command=[*entrypoint, *command],
            env={**dict(pair.split("=", 1) for pair in self.config.get("Env") or []), **service.get("environment", {})},
            root=root,
            user=int(self.config["User"].split(":")[0]),
            directory=self.config.get("WorkingDir") or "/",
            health=health_check(service) or (self.config.get("Healthcheck") or {}).get("Test", [])[1:],
        )


def kafka(service: dict, work: pathlib.Path) -> Program:
    """apache/kafka: `KAFKA_LOG_DIRS` is `log.dirs`. https://github.com/apache/kafka/blob/trunk/docker/README.md"""
    env = service["environment"]
    settings = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in env.items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    }
    mounts = [volume["target"] for volume in service["volumes"]]
    assert settings["log.dirs"] in mounts, "what Kafka keeps must be on a volume"
    settings["log.dirs"] = str(work / "kafka-data")
    properties = work / "server.properties"
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    java = ["java", "-cp", str(ROOT / "target" / "kafka" / "jars" / "*"), *env["KAFKA_HEAP_OPTS"].split()]
    format_storage = [*java, "kafka.tools.StorageTool", "format", "--config", str(properties), "--cluster-id", env["CLUSTER_ID"]]
    formatted = subprocess.run(format_storage, capture_output=True, text=True)
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr
    return Program(command=[*java, "kafka.Kafka", str(properties)], env=machine_env(), health=health_check(service))


def localstack(service: dict, work: pathlib.Path) -> Program:
    """localstack/localstack, by an emulator of the same APIs at the same port and with the same health check."""
    unpacked = work / "ministack"
    unpacked.mkdir()
    env = {**machine_env(), **service["environment"], "BIND_HOST": "0.0.0.0", "GATEWAY_PORT": "4566", "TMPDIR": str(unpacked)}
    ministack = str(pathlib.Path(sys.executable).with_name("ministack"))
    return Program(command=[ministack], env=env, health=health_check(service))


STAND_INS = {"apache/kafka": kafka, "localstack/localstack": localstack}


def health_check(service: dict) -> list[str]:
    test = service.get("healthcheck", {}).get("test", [])
    assert not test or test[0] == "CMD", f"a health check without a shell: {test}"
    return test[1:]


def machine_env() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
