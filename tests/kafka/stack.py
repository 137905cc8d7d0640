"""The emulator with everything that template.yaml declares."""

import json
import pathlib
import re
import urllib.error
import urllib.request
import uuid

from deployment import ROOT, Kafka
from processes import Process

PASSWORD = "correct horse battery staple"


class Stack:
    """On a broker of its own, or on this Kafka."""

    def __init__(self, work: pathlib.Path, kafka: Kafka | None = None, name: str = "emulator", arguments: tuple[str, ...] = ()):
        broker = ["--kafka", kafka.bootstrap] if kafka else []
        command = [ROOT / "target" / "debug" / "emulator", "--port", "0", "--template", ROOT / "template.yaml", "--data-dir", work / name, *broker, *arguments]
        self.emulator = Process(name, command, {"RUST_LOG": "info"}, work)
        try:
            self.emulator.wait_until(lambda: self.url() is not None)
        except AssertionError:
            self.stop()
            raise

    def url(self) -> str | None:
        ready = re.search(r"^ready (\S+)$", self.emulator.log.read_text(errors="replace"), re.MULTILINE)
        return ready and ready[1]

    @property
    def kafka_address(self) -> str:
        return self.status()["endpoints"]["kafka"]

    def status(self) -> dict:
        status, answer = self.call("GET", "/_emulator?format=json")
        assert status == 200, answer
        return answer

    def trigger(self, topic: str) -> dict:
        [trigger] = [one for one in self.status()["triggers"] if one["topic"] == topic]
        return trigger

    def call(self, method: str, path: str, body=None, token: str | None = None) -> tuple[int, dict]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url() + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def shareholder(self) -> tuple[str, str]:
        """Somebody new: the id and a token."""
        email = f"{uuid.uuid4()}@example.com"
        status, user = self.call("POST", "/api/v1/users/register", {"name": "Ada Lovelace", "email": email, "password": PASSWORD})
        assert status == 201, user
        status, login = self.call("POST", "/api/v1/users/login", {"email": email, "password": PASSWORD})
        assert status == 200, login
        return user["id"], login["access_token"]

    def save_snapshot(self, token: str) -> str:
        status, asked = self.call("POST", "/api/v1/users/save-snapshot", {}, token)
        assert status == 202, asked
        return asked["snapshot_id"]

    def is_saved(self, token: str, snapshot: str) -> bool:
        status, found = self.call("GET", f"/api/v1/users/snapshots/{snapshot}", token=token)
        assert status == 200, found
        return found["status"] == "saved"

    def stop(self) -> None:
        self.emulator.stop()
