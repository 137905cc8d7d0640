"""What docker-compose.yml says, as Compose reads it."""

import json
import os
import pathlib
import re

import yaml
from compose_file import ROOT, published
from images import OwnImage

PORTS = {"kafka": 9092, "localstack": 4566, "notification": 8002, "emulator": 8001}


def own(services: dict[str, dict]) -> dict[str, dict]:
    return {name: service for name, service in services.items() if "build" in service}


def test_the_ports_that_people_know_lead_from_this_machine_alone(declared):
    ports = {name: published(service) for name, service in declared.items()}
    assert {name: list(found) for name, found in ports.items() if found} == {name: [port] for name, port in PORTS.items()}
    assert all(address == "127.0.0.1" for found in ports.values() for address, _ in found.values())


def test_the_profile_adds_what_looks_and_changes_nothing(declared, everything):
    assert set(everything) - set(declared) == {"kafka-ui", "otel-collector"}
    assert {name: everything[name] for name in declared} == declared
    collector = everything["otel-collector"]
    [config] = [volume for volume in collector["volumes"] if volume["target"] in "".join(collector["command"])]
    read = yaml.safe_load((ROOT / config["source"]).read_text(encoding="utf-8"))
    [port] = published(collector)
    assert read["exporters"]["prometheus"]["endpoint"].endswith(f":{port}")
    assert read["receivers"]["kafkametrics"]["brokers"] == ["kafka:29092"]


def test_images_are_pinned_and_memory_is_limited(everything):
    for name, service in everything.items():
        assert "mem_limit" in service, name
        if "build" not in service:
            assert re.search(r":v?\d+\.\d+\.\d+$", service["image"]), f"{name}: {service['image']}"


def test_kafka_is_the_version_that_is_tested(declared):
    pom = (ROOT / "scripts" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    version = re.search(r"<kafka.version>(.*)</kafka.version>", pom)[1]
    assert declared["kafka"]["image"] == f"apache/kafka:{version}"


def test_our_own_containers_can_do_little(declared):
    for name, service in own(declared).items():
        assert service["read_only"] and service["tmpfs"] == ["/tmp"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service and "user" not in service, name


def test_the_notification_service_has_the_environment_of_its_task(declared):
    class Template(yaml.SafeLoader):
        """What functions of CloudFormation would give doesn't matter here."""

    Template.add_multi_constructor("!", lambda loader, tag, node: None)
    template = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Template)
    [container] = template["Resources"]["NotificationTask"]["Properties"]["ContainerDefinitions"]
    task = {variable["Name"]: variable["Value"] for variable in container["Environment"]}
    environment = declared["notification"]["environment"]
    given = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    assert set(given) == set(task)
    assert {name: given[name] for name, value in task.items() if value is not None} == {
        name: value for name, value in task.items() if value is not None
    }
    for name in ("NOTIFICATIONS_TABLE", "NOTIFICATION_SECRET"):
        # The emulator calls resources by their logical ids.
        assert given[name] in template["Resources"]


def test_images_are_small_and_say_what_they_are():
    for name, port, health in [
        ("fastfusion/notification", 8002, ["CMD", "/notification", "--check"]),
        ("fastfusion/local", 8001, ["CMD", "/fastfusion/bin/emulator", "health"]),
    ]:
        config = OwnImage(name).config
        assert config["User"] == "65532:65532"
        assert list(config["ExposedPorts"]) in ([f"{port}"], [f"{port}/tcp"])
        assert config["Healthcheck"]["Test"] == health
        labels = config["Labels"]
        assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
        assert labels["org.opencontainers.image.version"] not in ("", "dev")


def file_names(root: pathlib.Path) -> set[str]:
    """Of what the image holds; not of what is mounted into it."""
    found = set()
    for directory, directories, files in os.walk(root):
        if pathlib.Path(directory) == root:
            directories[:] = [name for name in directories if name not in ("proc", "dev", "tmp")]
        found.update(files)
    return found


def test_images_hold_what_they_need_and_no_shell(running):
    names = {image: file_names(root) for image, root in running.roots.items()}
    assert names["fastfusion/notification"] == {"notification", "ca-certificates.crt", "notification.cdx.json", "hosts"}
    functions = {path.stem for path in (ROOT / "functions" / "src" / "bin").glob("*.rs")}
    assert functions | {"emulator", "demo", "template.yaml", "index.html"} <= names["fastfusion/local"]
    assert not {"sh", "bash", "busybox"} & names["fastfusion/local"]


def test_images_say_what_they_are_made_of(running):
    root = running.roots["fastfusion/local"]
    boms = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in (root / "sbom").iterdir()}
    assert all(bom["bomFormat"] == "CycloneDX" for bom in boms.values())
    parts = {name: {part["name"] for part in bom["components"]} for name, bom in boms.items()}
    assert {"tokio", "rdkafka-sys", "async-graphql", "functions"} <= parts["local.cdx.json"]
    # What only tests and build scripts need is not in the binaries.
    assert not {"insta", "proptest", "cc", "e2e"} & parts["local.cdx.json"]
    assert {"react", "@apollo/client"} <= parts["dashboard.cdx.json"]
    assert not {"vite", "vitest"} & parts["dashboard.cdx.json"]
