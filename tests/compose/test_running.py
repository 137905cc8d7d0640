"""What the services of docker-compose.yml do together."""

import json
import re
import subprocess
import urllib.request
import uuid

import boto3
import kafka
from containers import Containers
from processes import is_open, until
from websockets.sync.client import connect

FRONT = "http://localhost:8001"
LOCALSTACK = "http://localhost:4566"
PASSWORD = "correct horse battery staple"


def call(method: str, path: str, body=None, token: str | None = None, accept: str = "application/json") -> tuple[int, str]:
    headers = {"Accept": accept, "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(FRONT + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def shareholder() -> tuple[str, str, str]:
    """Somebody new: the id, the address and a token."""
    email = f"{uuid.uuid4()}@example.com"
    status, user = call("POST", "/api/v1/users/register", {"name": "Ada Lovelace", "email": email, "password": PASSWORD})
    assert status == 201, user
    status, login = call("POST", "/api/v1/users/login", {"email": email, "password": PASSWORD})
    assert status == 200, login
    return json.loads(user)["id"], email, json.loads(login)["access_token"]


def test_the_dashboard_and_the_api_are_at_one_address(running: Containers):
    status, page = call("GET", "/", accept="text/html")
    assert status == 200 and "<title>Fastfusion" in page
    assert call("GET", "/health") == (200, '{"status":"ok"}')
    status, console = call("GET", "/_emulator?format=json")
    assert status == 200 and not json.loads(console)["kafka_embedded"]


def test_demo_shareholders_can_log_in(running: Containers):
    log = running.ended("demo")
    assert f"Open    {FRONT}/" in log
    email, password = re.search(r"Log in  (\S+), password (\S+)", log).groups()
    status, login = call("POST", "/api/v1/users/login", {"email": email, "password": password})
    assert status == 200, login
    token = json.loads(login)["access_token"]

    def are_counted():
        status, told = call("POST", "/api/v1/users/graphql", {"query": "{ market { shareholders } }"}, token)
        assert status == 200, told
        return json.loads(told)["data"]["market"]["shareholders"] >= 25

    until(are_counted, "the market's first tick")


def test_who_registers_gets_a_mail_through_localstack(running: Containers):
    _, email, _ = shareholder()

    def mails():
        with urllib.request.urlopen(f"{LOCALSTACK}/_ministack/ses/messages") as answer:
            by_account = json.load(answer)["messages"]
        return [mail for mails in by_account.values() for mail in mails if email in mail["To"]]

    [mail] = until(mails, "the mail of welcome")
    assert mail["Subject"] == "Welcome to Fastfusion"
    assert "hello@fastfusion.example" in mail["Source"]


def test_a_snapshot_is_saved_over_kafka_in_localstacks_database(running: Containers):
    user, _, token = shareholder()
    status, asked = call("POST", "/api/v1/users/save-snapshot", {}, token)
    assert status == 202, asked
    snapshot = json.loads(asked)["snapshot_id"]

    def saved():
        status, found = call("GET", f"/api/v1/users/snapshots/{snapshot}", token=token)
        assert status == 200, found
        return json.loads(found)["status"] == "saved"

    until(saved, "the snapshot")
    client = boto3.client(
        "dynamodb", endpoint_url=LOCALSTACK, region_name="eu-central-1", aws_access_key_id="local", aws_secret_access_key="local"
    )
    items = client.scan(TableName="SnapshotsTable")["Items"]
    assert any(user in json.dumps(item) for item in items)


def test_prices_come_over_the_websocket(running: Containers):
    user, _, token = shareholder()
    with connect(FRONT.replace("http", "ws"), additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        socket.send(json.dumps({"op": "subscribe", "id": "mine", "users": "me"}))
        while (message := json.loads(socket.recv(timeout=60)))["type"] != "prices":
            assert message["type"] in ("ack", "snapshot"), message
        assert user in message["ticks"][0]["prices"]


def test_clients_on_this_machine_reach_kafka(running: Containers):
    consumer = kafka.KafkaConsumer(
        "user.price.update", bootstrap_servers="localhost:9092", auto_offset_reset="earliest", consumer_timeout_ms=60_000
    )
    record = next(consumer)
    consumer.close()
    assert json.loads(record.value)


def test_the_notification_service_answers_at_its_port(running: Containers):
    assert is_open("127.0.0.1", 8002)
    assert running.running["notification"].is_healthy()


def test_processes_are_nobodys_and_cannot_write(running: Containers):
    for name in ("emulator", "notification"):
        container = running.running[name]
        found = subprocess.run(["pgrep", "--session", str(container.process.child.pid)], capture_output=True, text=True)
        pids = found.stdout.split()
        assert pids, name
        for pid in pids:
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                uids = re.search(r"^Uid:\s+(.*)$", file.read(), re.MULTILINE)[1].split()
            assert set(uids) == {"65532"}, f"{name}: {uids}"
    for root in running.roots.values():
        refused = subprocess.run(["touch", root / "written"], capture_output=True, text=True)
        assert "Read-only file system" in refused.stderr


def test_limits_of_memory_leave_room(running: Containers):
    for name in ("emulator", "notification"):
        used, limit = running.running[name].memory_bytes(), int(running.services[name]["mem_limit"])
        print(f"{name}: {used / 2**20:.0f} MiB of {limit / 2**20:.0f}")
        assert 0 < used < limit / 2, f"{name} uses {used} of {limit} bytes"
