"""Who the requests of Schemathesis come from."""

import json
import os
import urllib.request
import uuid

import schemathesis

URL = os.environ["FASTFUSION_URL"]
PASSWORD = "correct horse battery staple"


def post(path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def new_user():
    """The token of somebody who has just registered."""
    email = f"{uuid.uuid4()}@example.com"
    post("/api/v1/users/register", {"name": "Ada", "email": email, "password": PASSWORD, "phone": "+4930901820"})
    return post("/api/v1/users/login", {"email": email, "password": PASSWORD})["access_token"]


@schemathesis.auth(refresh_interval=None)
class Token:
    """Each request of a route that deletes its user has a user of its own; all others have one together."""

    def __init__(self):
        self.token = None

    def get(self, case, context):
        if case.operation.label == "DELETE /api/v1/users/me":
            return new_user()
        if self.token is None:
            self.token = new_user()
        return self.token

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Gives those who register a password that nobody guesses, in place of one that is only as long as the schema says."""
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    if case.operation.label == "POST /api/v1/users/register" and is_valid:
        case.body["password"] = PASSWORD
