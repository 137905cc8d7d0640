"""What clients of every library do on the embedded broker as on Apache Kafka."""

import uuid

import pytest
from clients import COMPRESSIONS, Client, Refused
from stack import Stack

TOPICS = {"dead.letter", "market.summary", "user.price.update", "user.registered", "user.snapshot.requested"}


def test_topics_are_listed(client: Client):
    assert TOPICS <= client.topics()


def test_prices_are_read_as_they_move(client: Client, stack: Stack):
    user, _ = stack.shareholder()
    own = (value for value in client.values("user.price.update", f"readers-{uuid.uuid4()}") if user in value)
    first, second = next(own), next(own)
    assert first != second


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_is_produced_reaches_functions_however_it_is_compressed(client: Client, compression: str):
    # That no function can decode it is how one sees that a function had it.
    value = f"no price, but {compression} of {uuid.uuid4()} {'x' * 500}"
    client.produce("user.price.update", "nobody", value, compression)
    assert value in client.values("dead.letter", f"readers-{uuid.uuid4()}")


def test_the_template_makes_the_embedded_brokers_topics(client: Client, stack: Stack):
    topic = f"new-{uuid.uuid4()}"
    if not stack.status()["kafka_embedded"]:
        client.create(topic)
        assert topic in client.topics()
        client.delete(topic)
        return
    with pytest.raises(Refused, match=r"(?s)no CreateTopics.*--kafka"):
        client.create(topic)
    with pytest.raises(Refused, match=r"(?s)no DeleteTopics.*--kafka"):
        client.delete("dead.letter")
    assert TOPICS <= client.topics()
