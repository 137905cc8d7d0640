"""The network of the containers: a bridge, a network namespace for each service, and this machine's published ports. All of it is in
the network namespace that run.sh has made, where ports are free whatever else runs.
"""

import asyncio
import pathlib
import subprocess
import threading


class Network:
    """Services find each other by name, and nothing of each other at localhost."""

    BRIDGE = "compose0"

    def __init__(self, names: list[str], work: pathlib.Path):
        self.addresses = {name: f"10.77.0.{number}" for number, name in enumerate(names, start=2)}
        ip("link", "set", "lo", "up")
        ip("link", "add", self.BRIDGE, "type", "bridge")
        ip("addr", "add", "10.77.0.1/24", "dev", self.BRIDGE)
        ip("link", "set", self.BRIDGE, "up")
        for number, (name, address) in enumerate(self.addresses.items()):
            inner, outer = f"inner{number}", f"outer{number}"
            ip("netns", "add", name)
            ip("link", "add", outer, "type", "veth", "peer", "name", inner)
            ip("link", "set", outer, "master", self.BRIDGE, "up")
            ip("link", "set", inner, "netns", name)
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "addr", "add", f"{address}/24", "dev", inner)
            ip("-n", name, "link", "set", inner, "up")
        self.hosts = work / "hosts"
        lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in self.addresses.items())]
        self.hosts.write_text("\n".join(lines) + "\n", encoding="utf-8")
        # Kafka and others that run as programs of this machine look there, too.
        subprocess.run(["mount", "--bind", self.hosts, "/etc/hosts"], check=True)

    @staticmethod
    def namespace(name: str) -> str:
        return f"/run/netns/{name}"


class PublishedPorts:
    """Passes on what comes to a port of this machine, as the engine's proxy does."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.servers: list[asyncio.Server] = []
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def publish(self, address: str, port: int, to: tuple[str, int]) -> None:
        async def serve():
            serving = asyncio.start_server(lambda reader, writer: proxy(reader, writer, to), address, port)
            self.servers.append(await serving)

        asyncio.run_coroutine_threadsafe(serve(), self.loop).result(timeout=10)

    def close(self) -> None:
        async def end():
            for server in self.servers:
                server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(timeout=10)
        self.loop.call_soon_threadsafe(self.loop.stop)


async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: tuple[str, int]) -> None:
    try:
        back_reader, back_writer = await asyncio.open_connection(*to)
    except OSError:
        writer.close()
        return
    await asyncio.gather(copy(reader, back_writer), copy(back_reader, writer))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        # One side is gone; closing tells the other.
        pass
    finally:
        writer.close()


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
