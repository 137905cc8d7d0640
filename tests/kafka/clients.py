"""Kafka clients of three libraries, none of which is librdkafka."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import kafka
from deployment import ROOT
from kafka.admin import KafkaAdminClient, NewTopic

JARS = ROOT / "target" / "kafka" / "jars"
FRANZ = ROOT / "target" / "kafka" / "franz"
COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"]
SECONDS = 120


class Client:
    """What all of them do, at a broker. Failures are `Refused`, in the words of the library."""

    def __init__(self, address: str):
        self.address = address

    def topics(self) -> set[str]:
        raise NotImplementedError

    def produce(self, topic: str, key: str, value: str, compression: str) -> None:
        raise NotImplementedError

    def values(self, topic: str, group: str) -> Iterator[str]:
        """Of all records, from the oldest on, as they come, read as a group."""
        raise NotImplementedError

    def create(self, topic: str) -> None:
        raise NotImplementedError

    def delete(self, topic: str) -> None:
        raise NotImplementedError


class Refused(Exception):
    """Why something was not done."""


class KafkaPython(Client):
    def topics(self) -> set[str]:
        consumer = kafka.KafkaConsumer(bootstrap_servers=self.address)
        found = consumer.topics()
        consumer.close()
        return found

    def produce(self, topic: str, key: str, value: str, compression: str) -> None:
        producer = kafka.KafkaProducer(bootstrap_servers=self.address, compression_type=None if compression == "none" else compression)
        producer.send(topic, value.encode(), key.encode()).get(SECONDS)
        producer.close()

    def values(self, topic: str, group: str) -> Iterator[str]:
        consumer = kafka.KafkaConsumer(
            topic, bootstrap_servers=self.address, group_id=group, auto_offset_reset="earliest", consumer_timeout_ms=SECONDS * 1000
        )
        try:
            for record in consumer:
                yield record.value.decode(errors="replace")
        finally:
            consumer.close()

    def create(self, topic: str) -> None:
        self.administer(lambda admin: admin.create_topics([NewTopic(topic, 1, 1)]))

    def delete(self, topic: str) -> None:
        self.administer(lambda admin: admin.delete_topics([topic]))

    def administer(self, what) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.address)
        try:
            what(admin)
        except kafka.errors.KafkaError as error:
            raise Refused(str(error)) from error
        finally:
            admin.close()


class Program(Client):
    """One that is a program: a process for each operation."""

    def command(self, operation: str, *arguments: str) -> list:
        raise NotImplementedError

    def run(self, *arguments: str, text: str = "") -> str:
        done = subprocess.run(self.command(*arguments), input=text, capture_output=True, text=True, timeout=SECONDS)
        if done.returncode != 0:
            raise Refused(done.stdout + done.stderr)
        return done.stdout

    def topics(self) -> set[str]:
        return set(self.run("topics").split())

    def produce(self, topic: str, key: str, value: str, compression: str) -> None:
        self.run("produce", topic, key, value, compression)

    def values(self, topic: str, group: str) -> Iterator[str]:
        reader = subprocess.Popen(self.command("consume", topic, group), stdout=subprocess.PIPE, text=True, errors="replace")
        try:
            for line in reader.stdout:
                yield line.rstrip("\n")
        finally:
            reader.kill()
            reader.wait()

    def create(self, topic: str) -> None:
        self.run("create", topic)

    def delete(self, topic: str) -> None:
        self.run("delete", topic)


class Java(Program):
    """Apache Kafka's own client, by the tools that come with it."""

    def command(self, operation: str, *arguments: str) -> list:
        tool, options = {
            "topics": ("TopicCommand", lambda: ["--list"]),
            "create": ("TopicCommand", lambda topic, partitions="1": ["--create", "--topic", topic, "--partitions", partitions, "--replication-factor", "1"]),
            "delete": ("TopicCommand", lambda topic: ["--delete", "--topic", topic]),
            "produce": (
                "ConsoleProducer",
                lambda topic, compression: [
                    *("--topic", topic, "--compression-codec", compression),
                    *("--reader-property", "parse.key=true", "--reader-property", "key.separator=|"),
                ],
            ),
            "consume": (
                "consumer.ConsoleConsumer",
                lambda topic, group: ["--topic", topic, "--group", group, "--from-beginning", "--timeout-ms", str(SECONDS * 1000)],
            ),
        }[operation]
        java = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", f"org.apache.kafka.tools.{tool}"]
        return [*java, "--bootstrap-server", self.address, *options(*arguments)]

    def create(self, topic: str, partitions: int = 1) -> None:
        self.run("create", topic, str(partitions))

    def produce(self, topic: str, key: str, value: str, compression: str) -> None:
        self.run("produce", topic, compression, text=f"{key}|{value}\n")


class Franz(Program):
    """franz-go, by the program beside this file."""

    def command(self, operation: str, *arguments: str) -> list:
        if not FRANZ.exists():
            build(FRANZ)
        return [FRANZ, self.address, operation, *arguments]


def build(binary: pathlib.Path) -> None:
    go = pathlib.Path(sys.executable).with_name("go")
    env = {**os.environ, "GOFLAGS": "-mod=readonly -modcacherw", "GOPATH": str(ROOT / "target" / "kafka" / "go"), "CGO_ENABLED": "0"}
    subprocess.run([go, "build", "-trimpath", "-o", binary, "."], cwd=pathlib.Path(__file__).with_name("franz"), env=env, check=True)


CLIENTS = [KafkaPython, Java, Franz]
