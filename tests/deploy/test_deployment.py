"""What a stack does that CloudFormation has made of template.yaml, on an emulator that no one here wrote."""

import json
import uuid

from deployment import Deployment
from processes import until
from websockets.sync.client import ClientConnection, connect

PATIENCE = 120
PASSWORD = "correct horse battery staple"


def shareholder(deployment: Deployment) -> tuple[str, str, str]:
    """Somebody new: the id, the address and a token."""
    email = f"{uuid.uuid4()}@example.com"
    status, user = deployment.call("POST", "/api/v1/users/register", {"name": "Ada Lovelace", "email": email, "password": PASSWORD})
    assert status == 201, user
    status, login = deployment.call("POST", "/api/v1/users/login", {"email": email, "password": PASSWORD})
    assert status == 200, login
    return user["id"], email, login["access_token"]


def save_snapshot(deployment: Deployment, token: str) -> str:
    status, asked = deployment.call("POST", "/api/v1/users/save-snapshot", {}, token)
    assert status == 202, asked
    return asked["snapshot_id"]


def snapshot(deployment: Deployment, token: str, snapshot_id: str) -> dict:
    status, found = deployment.call("GET", f"/api/v1/users/snapshots/{snapshot_id}", token=token)
    assert status == 200, found
    return found


def saved(deployment: Deployment, token: str, snapshot_id: str) -> dict:
    def ask():
        found = snapshot(deployment, token, snapshot_id)
        return found if found["status"] == "saved" else None

    return until(ask, f"snapshot {snapshot_id}")


def test_every_function_is_deployed_and_answers(deployment: Deployment):
    functions = [one for one in deployment.resources().values() if one["ResourceType"] == "AWS::Lambda::Function"]
    assert len(functions) == len(deployment.binaries)
    assert deployment.call("GET", "/health") == (200, {"status": "ok"})
    status, problem = deployment.call("GET", "/api/v1/users/me")
    assert status == 401, problem


def test_prices_move_and_are_told_by_graphql(deployment: Deployment):
    _, _, token = shareholder(deployment)
    query = {"query": "{ me { price } market { shareholders } }"}

    def told():
        status, answer = deployment.call("POST", "/api/v1/users/graphql", query, token)
        assert status == 200 and "errors" not in answer, answer
        return answer["data"]

    first = told()["me"]["price"]
    until(lambda: told()["me"]["price"] != first, "another price")


def test_who_registers_is_announced_over_kafka_and_welcomed_by_mail(deployment: Deployment):
    _, email, _ = shareholder(deployment)
    mails = until(lambda: deployment.mails_to(email), "the mail of welcome")
    assert [mail["Subject"] for mail in mails] == ["Welcome to Fastfusion"]


def test_a_snapshot_is_saved_by_what_polls_kafka(deployment: Deployment):
    user, _, token = shareholder(deployment)
    found = saved(deployment, token, save_snapshot(deployment, token))
    status, analytics = deployment.call("GET", f"/analytics/user/{user}", token=token)
    assert status == 200, analytics
    assert [row["price"] for row in analytics["history"]] == [found["price"]], analytics


def test_what_comes_while_nothing_polls_is_delivered_afterwards(deployment: Deployment):
    _, _, token = shareholder(deployment)
    saved(deployment, token, save_snapshot(deployment, token))
    deployment.stop_pollers()
    waiting = [save_snapshot(deployment, token) for _ in range(3)]
    assert all(snapshot(deployment, token, one)["status"] == "pending" for one in waiting)
    deployment.start_pollers()
    for one in waiting:
        saved(deployment, token, one)


def send(socket: ClientConnection, **message) -> None:
    socket.send(json.dumps(message))


def next_of(socket: ClientConnection, kind: str) -> dict:
    """The next message of this type; others are passed over."""
    while True:
        message = json.loads(socket.recv(timeout=PATIENCE))
        if message.get("type") == kind:
            return message
        assert message.get("type") != "error", message


def test_prices_come_over_the_websocket_and_what_was_missed_is_replayed(deployment: Deployment):
    user, _, token = shareholder(deployment)
    url, headers = deployment.feed_url("ws"), {"Authorization": f"Bearer {token}"}
    with connect(url, additional_headers=headers) as socket:
        send(socket, op="subscribe", id="mine", users="me")
        live_from = next_of(socket, "ack")["live_from"]
        first = next_of(socket, "prices")
        seen = [tick["tick"] for tick in first["ticks"]]
        assert seen[0] >= live_from and user in first["ticks"][0]["prices"], first
    with connect(url, additional_headers=headers) as socket:
        send(socket, op="subscribe", id="again", users="me", since=first["resume"])
        replay = next_of(socket, "ack")["replay"]
        assert replay["complete"] and replay["from"] == first["resume"] + 1, replay
        ticks = [tick["tick"] for tick in next_of(socket, "prices")["ticks"]]
        assert ticks[0] == first["resume"] + 1, ticks


def test_graphql_subscriptions_run_over_the_same_websocket(deployment: Deployment):
    user, _, token = shareholder(deployment)
    # ministack passes on what is offered, and does not say what $connect has chosen; this client doesn't mind.
    with connect(deployment.feed_url("ws"), subprotocols=["graphql-transport-ws"]) as socket:
        send(socket, type="connection_init", payload={"Authorization": f"Bearer {token}"})
        next_of(socket, "connection_ack")
        query = "subscription($ids: [ID!]!) { onPriceUpdate(userIds: $ids) { prices { userId price } } }"
        send(socket, type="subscribe", id="s", payload={"query": query, "variables": {"ids": [user]}})
        update = next_of(socket, "next")["payload"]["data"]["onPriceUpdate"]
        assert [price["userId"] for price in update["prices"]] == [user]
