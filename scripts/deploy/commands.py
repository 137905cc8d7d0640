"""Runs other programs. What changes something is printed before it runs; with a plan it is printed and does not run."""

import json
import os
import shlex
import subprocess
import sys


class Failed(Exception):
    """Why the deployment can't go on, and what to do."""


class CommandFailed(Failed):
    def __init__(self, command, errors):
        super().__init__(f"`{shlex.join(command)}` failed: {errors.strip() or 'see above'}")
        self.errors = errors


class Commands:
    def __init__(self, plan=False, environment=None):
        self.plan = plan
        # A pager would wait for somebody; the Dockerfile needs BuildKit, which older versions of docker ask for by name.
        own = {"AWS_PAGER": "", "SAM_CLI_TELEMETRY": "0", "DOCKER_BUILDKIT": "1"}
        self.environment = {**os.environ, **own, **(environment or {})}

    def say(self, text):
        print(text, flush=True)

    def announce(self, command):
        self.say(f"$ {shlex.join(command)}")

    def change(self, *command, read=False, stdin=None):
        """Runs what changes something, and fails if that does; with `read` its output is given back."""
        self.announce(command)
        if self.plan:
            return ""
        done = subprocess.run(
            command, env=self.environment, input=stdin, text=True, stdout=subprocess.PIPE if read else None
        )
        if done.returncode != 0:
            raise CommandFailed(command, "")
        return done.stdout or ""

    def start(self, *command):
        """Starts what changes something. With a plan there is nothing to wait for."""
        self.announce(command)
        return None if self.plan else subprocess.Popen(command, env=self.environment)

    def read(self, *command):
        """The output of what changes nothing."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise CommandFailed(command, done.stderr)
        return done.stdout

    def aws(self, *command):
        """The answer of a call to AWS that changes nothing."""
        answer = self.read("aws", *command, "--output", "json")
        return json.loads(answer) if answer.strip() else {}

    def succeeds(self, *command):
        return subprocess.run(command, env=self.environment, capture_output=True).returncode == 0


def run(main):
    """Runs a program, and says in one line why it fails if it does."""
    try:
        main()
    except Failed as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. CloudFormation goes on with what it has begun; run the same command again, and it goes on from there.")
