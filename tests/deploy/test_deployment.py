"""What a stack does that CloudFormation has made of template.yaml, on an emulator that no one here wrote."""

import time
import uuid
from collections.abc import Callable

from deployment import Deployment

# The first run of price-tick comes within a minute of the deployment, by its schedule.
PATIENCE = 120
PASSWORD = "correct horse battery staple"


def until(ask: Callable, what: str):
    """Asks until the answer is something, and gives that."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{what} does not come within {PATIENCE} s"
        time.sleep(0.5)
    return answer


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
