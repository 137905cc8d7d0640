"""docker-compose.yml as Compose itself reads it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
VERSION = "v5.6.0"
BINARY = ROOT / "target" / "compose" / f"docker-compose-{VERSION}"


def compose_binary() -> pathlib.Path:
    """Compose, built once from its Go module: what PyPI and Debian have of it is older than the file's language."""
    if BINARY.exists():
        return BINARY
    work = ROOT / "target" / "compose"
    work.mkdir(parents=True, exist_ok=True)
    go = [pathlib.Path(sys.executable).with_name("go")]
    env = {**os.environ, "GOFLAGS": "-mod=mod", "GOPATH": str(work / "go")}
    (work / "go.mod").write_text("module fetched\n", encoding="utf-8")
    module = [*go, "mod", "download", "-json", f"github.com/docker/compose/v5@{VERSION}"]
    fetched = subprocess.run(module, cwd=work, env=env, check=True, capture_output=True, text=True)
    source = work / "source"
    shutil.rmtree(source, ignore_errors=True)
    # Its go.mod replaces modules, which Go heeds in the main module alone; and what is fetched is read-only.
    shutil.copytree(json.loads(fetched.stdout)["Dir"], source)
    subprocess.run(["chmod", "-R", "u+w", source, work / "go"], check=True)
    subprocess.run([*go, "build", "-trimpath", "-o", BINARY, "./cmd"], cwd=source, env=env, check=True)
    shutil.rmtree(source)
    shutil.rmtree(work / "go")
    return BINARY


def services(*profiles: str) -> dict[str, dict]:
    """The services by name, every abbreviation of the file written out."""
    command = [compose_binary(), "--file", FILE]
    for profile in profiles:
        command += ["--profile", profile]
    # Nothing that this machine happens to set may decide.
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    read = subprocess.run([*command, "config", "--format", "json"], env=env, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    return json.loads(read.stdout)["services"]


def published(service: dict) -> dict[int, tuple[str, int]]:
    """The ports of this machine that lead to the service: the address there, and the port in its container."""
    return {int(port["published"]): (port["host_ip"], port["target"]) for port in service.get("ports", [])}


if __name__ == "__main__":
    # Before run.sh, inside whose network there is no registry.
    print(f"Compose: {compose_binary()}")
