import pathlib

import pytest
from clients import CLIENTS, Client
from deployment import Kafka
from processes import free_port_pair
from stack import Stack


@pytest.fixture(scope="session", params=["embedded", "kafka"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Everything, on either broker."""
    work = pathlib.Path(tmp_path_factory.mktemp(request.param))
    kafka = Kafka(work, free_port_pair()) if request.param == "kafka" else None
    running = Stack(work, kafka)
    yield running
    running.stop()
    if kafka:
        kafka.run("stop")


@pytest.fixture(params=CLIENTS, ids=lambda client: client.__name__)
def client(request: pytest.FixtureRequest, stack: Stack) -> Client:
    """One made of each library, at that broker."""
    return request.param(stack.kafka_address)
