"""Processes that a test session starts, with a log each, and ends by id."""

import os
import pathlib
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable

STOP_SECONDS = 20


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def free_port_pair() -> int:
    """A port whose successor is free as well: a broker takes both, seconds later, and again after it was away. So they lie below those that the
    system gives to whoever asks for any port, or connects (from 32768, or 49152): a client that looks for a broker which is away could become its own."""
    for _ in range(100):
        port = random.randrange(20_000, 32_000)
        if all(is_free(one) for one in (port, port + 1)):
            return port
    raise AssertionError("there are no two free ports in a row")


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_open(address: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as client:
        client.settimeout(5)
        return client.connect_ex((address, port)) == 0


# The first run of price-tick comes within a minute of a deployment, by its schedule.
def until(ask: Callable, what: str, seconds: float = 120):
    """Asks until the answer is something, and gives that; fails if nothing comes."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{what} does not come within {seconds} s"
        time.sleep(0.2)
    return answer


class Process:
    """A program that runs until it is stopped."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], logs: pathlib.Path, inherit: bool = True):
        """`inherit`: whether it has the environment of this process, too."""
        self.name = name
        self.log = logs / f"{name}.log"
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                command, env={**(os.environ if inherit else {}), **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = 60) -> None:
        """Waits until it is ready; fails with the end of its log if it ends before, or takes longer."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.child.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.child.returncode}:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} is not ready after {seconds} s:\n{self.last_words()}")
            time.sleep(0.1)

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> int:
        """Asks it to end, and ends it if it does not; gives its exit code. What it has started ends with it."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        try:
            # Its session outlives it where it leaves children behind.
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.child.wait() if code is None else code
