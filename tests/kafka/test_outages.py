"""What everything survives on Apache Kafka: a broker that is killed or has no room, a topic that somebody deletes, a second emulator."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import uuid

import pytest
from clients import Java, KafkaPython
from deployment import Kafka
from processes import free_port_pair, is_open, until
from stack import Stack
from websockets.sync.client import ClientConnection, connect

PRICES = "user.price.update"
# Room for what Kafka keeps of some shareholders, and little more.
DISK_BYTES = 64 * 2**20


@pytest.fixture
def kafka(tmp_path: pathlib.Path):
    running = Kafka(tmp_path, free_port_pair())
    yield running
    running.run("stop")


@pytest.fixture
def stack(tmp_path: pathlib.Path, kafka: Kafka):
    running = Stack(tmp_path, kafka)
    yield running
    running.stop()


@pytest.fixture
def small_disk(tmp_path: pathlib.Path):
    """Where that Kafka keeps its records, on a file system of its own."""
    data = tmp_path / "kafka" / "data"
    data.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", data]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"nobody may mount a file system here: {mounted.stderr.strip()}")
    yield data
    subprocess.run(["umount", "--lazy", data], check=True)


def process_id(kafka: Kafka) -> int:
    return int((kafka.dir / "kafka.pid").read_text(encoding="ascii"))


def is_away(kafka: Kafka) -> bool:
    return not is_open("127.0.0.1", kafka.port)


@contextlib.contextmanager
def subscribed(stack: Stack, token: str):
    """A socket that gets the prices of whoever has the token."""
    with connect(stack.url().replace("http", "ws", 1), additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        socket.send(json.dumps({"op": "subscribe", "id": "mine", "users": "me"}))
        yield socket


def ticks(socket: ClientConnection) -> list[int]:
    """Those of the next message with prices."""
    while (message := json.loads(socket.recv(timeout=180)))["type"] != "prices":
        assert message["type"] != "error", message
    return [tick["tick"] for tick in message["ticks"]]


def follow(socket: ClientConnection, seen: list[int], until_tick: int) -> None:
    while not seen or max(seen) < until_tick:
        seen += ticks(socket)


def assert_nothing_is_missing(seen: list[int]) -> None:
    assert sorted(set(seen)) == list(range(min(seen), max(seen) + 1)), seen


def snapshot_is_saved(stack: Stack, token: str, snapshot: str) -> None:
    until(lambda: stack.is_saved(token, snapshot), f"snapshot {snapshot}")


def test_a_broker_that_is_killed_and_started_again_costs_no_tick_and_no_snapshot(stack: Stack, kafka: Kafka):
    _, token = stack.shareholder()
    seen: list[int] = []
    with subscribed(stack, token) as socket:
        for _ in range(2):
            follow(socket, seen, max(seen, default=0) + 1)
            os.kill(process_id(kafka), signal.SIGKILL)
            until(lambda: is_away(kafka), "the broker's end")
            snapshot = stack.save_snapshot(token)
            kafka.run("start")
            snapshot_is_saved(stack, token, snapshot)
            follow(socket, seen, max(seen) + 2)
    assert_nothing_is_missing(seen)


def failing_status(stack: Stack) -> dict | None:
    status = stack.status()
    return status if status["kafka_error"] else None


def test_after_its_topic_was_deleted_and_made_again_a_trigger_goes_on(stack: Stack, kafka: Kafka):
    _, token = stack.shareholder()
    admin = Java(kafka.bootstrap)
    partitions = len(next(topic for topic in stack.status()["topics"] if topic["name"] == PRICES)["partitions"])
    with subscribed(stack, token) as socket:
        seen: list[int] = []
        follow(socket, seen, 1)
        admin.delete(PRICES)
        status = until(lambda: failing_status(stack), "the status that says so")
        assert PRICES in status["kafka_error"]
        assert len(status["topics"]) == 4, "the others are shown"
        # Others go on.
        snapshot_is_saved(stack, token, stack.save_snapshot(token))
        admin.create(PRICES, partitions)
        reached = max(seen)
        follow(socket, seen, reached + 3)
    assert stack.status()["kafka_error"] is None
    assert stack.trigger(PRICES)["restarts"] == 0


def test_a_full_disk_costs_no_tick_and_no_snapshot_once_there_is_room(small_disk: pathlib.Path, tmp_path: pathlib.Path):
    kafka = Kafka(tmp_path, free_port_pair())
    stack = Stack(tmp_path, kafka)
    try:
        _, token = stack.shareholder()
        seen: list[int] = []
        with subscribed(stack, token) as socket:
            follow(socket, seen, 1)
            ballast = small_disk / "ballast"
            fill(ballast)
            until(lambda: is_away(kafka), "the end of a broker that can't write")
            assert stack.call("GET", "/health")[0] == 200
            snapshot = stack.save_snapshot(token)
            ballast.unlink()
            kafka.run("start")
            snapshot_is_saved(stack, token, snapshot)
            follow(socket, seen, max(seen) + 2)
        assert_nothing_is_missing(seen)
    finally:
        stack.stop()
        kafka.run("stop")


def fill(ballast: pathlib.Path) -> None:
    """Writes until nothing fits any more."""
    with ballast.open("wb", buffering=0) as file:
        for size in (2**20, 2**12):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass


def test_two_emulators_in_groups_of_their_own_both_get_every_record(stack: Stack, kafka: Kafka, tmp_path: pathlib.Path):
    second = Stack(tmp_path, kafka, "second", ("--group-prefix", "second-"))
    try:
        assert stack.trigger(PRICES)["group"] == "price-fanout"
        assert second.trigger(PRICES)["group"] == "second-price-fanout"
        client = KafkaPython(kafka.bootstrap)
        value = f"no price {uuid.uuid4()}"
        client.produce(PRICES, "nobody", value, "none")
        letters = client.values("dead.letter", "readers")
        assert [next(one for one in letters if one == value) for _ in range(2)] == [value, value]
        # Neither hinders the other.
        for one in (stack, second):
            _, token = one.shareholder()
            snapshot_is_saved(one, token, one.save_snapshot(token))
            with subscribed(one, token) as socket:
                follow(socket, [], 1)
    finally:
        second.stop()
