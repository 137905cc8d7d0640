"""Starts what docker-compose.yml says, in its order, without an engine."""

import pathlib
import subprocess

from compose_file import published
from images import STAND_INS, OwnImage, Program
from network import Network, PublishedPorts
from processes import Process

ANSWER_SECONDS = 180


class Container:
    """One service's process."""

    def __init__(self, name: str, program: Program, work: pathlib.Path):
        self.name, self.program = name, program
        self.process = Process(name, self.inside(program.command), program.env, work, inherit=False)

    def inside(self, command: list[str]) -> list[str]:
        """The command in the service's network and, for our own images, in its files and as its user."""
        enter = ["/usr/bin/nsenter", f"--net={Network.namespace(self.name)}"]
        if self.program.root:
            root, user = self.program.root, self.program.user
            enter += [f"--root={root}", f"--wd={root}{self.program.directory}", f"--setuid={user}", f"--setgid={user}"]
        return [*enter, "--", *command]

    def is_healthy(self) -> bool:
        match self.program.health:
            case ["nc", "-z", "localhost", port]:
                # Kafka's image has BusyBox's; whether something listens is asked in the service's own network.
                probe = ["python3", "-c", f"import socket; socket.create_connection(('localhost', {int(port)}), 1)"]
            case probe:
                assert probe, f"{self.name} has no health check, and something waits for it to be healthy"
        return subprocess.run(self.inside(probe), env=self.program.env, capture_output=True).returncode == 0

    def memory_bytes(self) -> int:
        """Of all its processes; what they share counts in parts."""
        found = subprocess.run(["pgrep", "--session", str(self.process.child.pid)], capture_output=True, text=True)
        return sum(proportional_bytes(pid) for pid in found.stdout.split())


class Containers:
    """All services, started in the order of what they depend on."""

    def __init__(self, services: dict[str, dict], work: pathlib.Path):
        self.services, self.work = services, work
        self.network = Network(list(services), work)
        self.ports = PublishedPorts()
        self.mounted: list[pathlib.Path] = []
        self.roots: dict[str, pathlib.Path] = {}
        self.images: list[OwnImage] = []
        self.running: dict[str, Container] = {}
        try:
            for name in services:
                self.start(name)
        except BaseException:
            self.stop()
            raise

    def start(self, name: str) -> None:
        if name in self.running:
            return
        service = self.services[name]
        for needed, how in service.get("depends_on", {}).items():
            self.start(needed)
            self.wait(needed, how["condition"])
        self.running[name] = Container(name, self.program(service), self.work)
        for port, (address, target) in published(service).items():
            self.ports.publish(address, port, (self.network.addresses[name], target))

    def program(self, service: dict) -> Program:
        image = service["image"].split(":")[0]
        if image in STAND_INS:
            return STAND_INS[image](service, self.work)
        own = OwnImage(image)
        if image not in self.roots:
            root = own.mount()
            self.images.append(own)
            self.roots[image] = self.prepare(root, service)
        return own.program(service, self.roots[image])

    def prepare(self, root: pathlib.Path, service: dict) -> pathlib.Path:
        """Mounts what an engine mounts, and lets nobody write to the image."""
        self.mount("--bind", root, root)
        self.mount("--rbind", "/dev", root / "dev")
        self.mount("-t", "proc", "proc", root / "proc")
        self.mount("--bind", self.network.hosts, root / "etc" / "hosts")
        for place in service["tmpfs"]:
            self.mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / place.lstrip("/"))
        if service["read_only"]:
            subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        return root

    def mount(self, *arguments) -> None:
        subprocess.run(["mount", *arguments], check=True)
        self.mounted.append(arguments[-1])

    def wait(self, name: str, condition: str) -> None:
        container = self.running[name]
        match condition:
            case "service_healthy":
                container.process.wait_until(container.is_healthy, ANSWER_SECONDS)
            case "service_completed_successfully":
                self.ended(name)
            case other:
                raise AssertionError(f"{name}: the condition {other} is not known here")

    def ended(self, name: str) -> str:
        """Waits until a service that does one thing has done it; gives its log."""
        process = self.running[name].process
        assert process.child.wait(ANSWER_SECONDS) == 0, process.last_words()
        return process.last_words()

    def stop(self) -> None:
        for container in reversed(self.running.values()):
            container.process.stop()
        self.ports.close()
        for mounted in reversed(self.mounted):
            subprocess.run(["umount", "--lazy", mounted], check=False)
        for image in self.images:
            image.release()


def proportional_bytes(pid: str) -> int:
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
