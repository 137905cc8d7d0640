"""Programs in the place of aws, sam, docker and make: they note what they are asked, and keep an account's state in a file."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
READS = ("describe", "get", "list", "wait")
# What asks, waits or logs in. All else changes something.
HARMLESS = {"login"}
FAKES = ["aws", "sam", "docker", "make", "cargo", "cc", "perl", "node", "npm"]
# What scripts need of the machine. Nothing else is on the path, so that what is hidden is missing, and nothing is installed.
REAL = ["sh", "bash", "git", "python3", "env", "dirname", "id", "grep", "head", "sleep"]


class Account:
    """An account of AWS, and a machine that deploys to it."""

    def __init__(self, home: pathlib.Path):
        self.home = home
        self.bin = home / "bin"
        self.bin.mkdir()
        for program in REAL:
            (self.bin / program).symlink_to(sys.executable if program == "python3" else shutil.which(program))
        for program in FAKES:
            fake = self.bin / program
            fake.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {HERE / "fake_programs.py"} {program} "$@"\n')
            fake.chmod(0o755)
        self.state = {
            "stacks": {},
            "failing": [],
            "concurrency": 1000,
            "verified": ["you@your.domain", "your.domain"],
            "quotas": {"Number of brokers per account": 90, "Throttle rate": 10000},
            "images": None,
            "files": ["index.html", "favicon.svg"],
            "alarms": {},
        }

    def hide(self, program):
        (self.bin / program).unlink()

    def run(self, script, *arguments, typed=""):
        (self.home / "state.json").write_text(json.dumps(self.state))
        (self.home / "calls").write_text("")
        environment = {
            "PATH": str(self.bin),
            "HOME": str(self.home),
            "FAKE_ACCOUNT": str(self.home),
            "PROGRESS_SECONDS": "0.2",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, HERE / f"{script}.py", *arguments]
        done = subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, timeout=300)
        self.state = json.loads((self.home / "state.json").read_text())
        self.said = done.stdout + done.stderr
        return done.returncode

    def deploy(self, environment="dev", *options, sender="EmailSender=you@your.domain", alarms="AlarmEmail=you@your.domain"):
        return self.run("deploy", environment, "--built", *options, "--set", sender, alarms)

    @property
    def calls(self):
        return [json.loads(line) for line in (self.home / "calls").read_text().splitlines()]

    @property
    def changes(self):
        """The calls that change something, each as far as its first option."""
        changing = []
        for program, *arguments in self.calls:
            words = arguments[: next((i for i, word in enumerate(arguments) if word.startswith("-")), None)]
            if program == "docker":
                words = words[:1]
            if not any(word.startswith(READS) or word in HARMLESS for word in words):
                changing.append(" ".join([program, *words]))
        return changing

    def options(self, *words):
        """The options of each call that begins so, with their values."""
        found = []
        for call in self.calls:
            if call[: len(words)] == list(words):
                options, name = {}, None
                for word in call[len(words) :]:
                    if word.startswith("--"):
                        options[name := word] = []
                    elif name:
                        options[name].append(word)
                found.append(options)
        return found

    def parameters(self, stack):
        """What the stack was deployed with last."""
        deployed = self.options("aws", "cloudformation", "deploy") if stack != "sam" else self.options("sam", "deploy")
        of_stack = [one for one in deployed if stack in ("sam", *one.get("--stack-name", []))]
        return dict(pair.split("=", 1) for pair in of_stack[-1].get("--parameter-overrides", []))


@pytest.fixture
def account(tmp_path):
    built = Built()
    yield Account(tmp_path)
    built.remove()


class Built:
    """What `--built` looks for, where nothing is built."""

    def __init__(self):
        root = HERE.parents[1]
        wanted = [root / "target/package/template.yaml", root / "dashboard/dist/index.html"]
        self.made = [path for path in wanted if not path.exists()]
        for path in self.made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")

    def remove(self):
        for path in self.made:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
