"""Checks functions as build.sh packed them: the machine they are for, the glibc and the libraries they ask for, their size; and that
each starts and asks the Lambda Runtime API for its first event, under qemu if they are for another machine.

usage: check.py arm64|x86_64 [function...]
"""

import io
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml
from elftools.elf.elffile import ELFFile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINES = {"arm64": ("EM_AARCH64", "aarch64"), "x86_64": ("EM_X86_64", "x86_64")}
# Amazon Linux 2023 has this: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
GLIBC = (2, 34)
LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1"}
LOADERS = {"ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2"}
# Where Lambda ends a function's initialisation; qemu is a good deal slower than any processor of AWS.
START_SECONDS = 60
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a zip that is uploaded.
ZIP_BYTES = 50 * 1024 * 1024


class Failure(Exception):
    """What is wrong with a function."""


class CloudFormation(yaml.SafeLoader):
    """Reads a template. What functions of CloudFormation would give doesn't matter here."""


CloudFormation.add_multi_constructor("!", lambda loader, tag, node: "value")


def environments():
    """The names of each function's environment variables, by its binary."""
    with open(ROOT / "template.yaml", encoding="utf-8") as file:
        template = yaml.load(file, CloudFormation)
    everywhere = template["Globals"]["Function"]["Environment"]["Variables"]
    found = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            own = resource["Properties"].get("Environment", {}).get("Variables", {})
            found[resource["Metadata"]["BuildProperties"]["Binary"]] = {**everywhere, **own}
    return found


def check_binary(elf, arch):
    machine, _ = MACHINES[arch]
    if elf["e_machine"] != machine:
        raise Failure(f"is for {elf['e_machine']}, not for {machine}")
    needed = {tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")}
    if unexpected := needed - LIBRARIES - LOADERS:
        raise Failure(f"asks for libraries that provided.al2023 may not have: {', '.join(sorted(unexpected))}")
    versions = []
    for _, auxiliaries in elf.get_section_by_name(".gnu.version_r").iter_versions():
        versions += [aux.name for aux in auxiliaries if aux.name.startswith("GLIBC_")]
    numbers = [tuple(int(part) for part in name[len("GLIBC_") :].split(".")) for name in versions]
    newest = max(numbers)
    if newest > GLIBC:
        raise Failure(f"asks for glibc {'.'.join(map(str, newest))}, Amazon Linux 2023 has {'.'.join(map(str, GLIBC))}")
    return newest


class Aws(ThreadingHTTPServer):
    """The Runtime API, which never has an event, and Secrets Manager, which has any secret."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Requests)
        self.asked = threading.Event()
        self.told = []


class Requests(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.endswith("/runtime/invocation/next"):
            self.server.asked.set()
            time.sleep(START_SECONDS)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("x-amz-target") != "secretsmanager.GetSecretValue":
            self.server.told.append(f"{self.path}: {body.decode(errors='replace')}")
            self.server.asked.set()
            return
        # Token keys are JSON, prices and sessions take any text.
        secret = '{\\"active\\":\\"k1\\",\\"k1\\":\\"' + "s" * 64 + '\\"}'
        answer = f'{{"ARN":"arn","Name":"name","SecretString":"{secret}"}}'.encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def emulator(arch):
    """What runs a binary for this machine here: nothing, if it is this one's; None if it can't be run."""
    _, name = MACHINES[arch]
    if platform.machine() == name:
        return []
    qemu = shutil.which(f"qemu-{name}-static") or shutil.which(f"qemu-{name}")
    libraries = pathlib.Path(f"/usr/{name}-linux-gnu")
    return [qemu, "-L", str(libraries)] if qemu and libraries.is_dir() else None


VALUES = {
    "KAFKA_SECURITY": "plaintext",
    "GRAPHQL_INTROSPECTION": "on",
    "SECURE_COOKIES": "on",
    "MARKET_SUBSCRIPTION_USERS": "1000",
    "WEBSOCKET_URL": "https://feed.example/live",
    "NOTIFICATION_URL": "http://notification.example:8002",
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
    "ALLOWED_ORIGIN": "*",
    "RUST_LOG": "info",
}


def start(binary, variables, runner):
    """Starts a function, and gives the seconds until it asks for an event."""
    server = Aws()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_address[1]}"
    environment = {name: VALUES.get(name, "name") for name in variables}
    environment |= {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_ENDPOINT_URL": f"http://{address}",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "PATH": os.environ["PATH"],
    }
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([*runner, binary], env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            while not server.asked.wait(0.02) and process.poll() is None and time.monotonic() - began < START_SECONDS:
                pass
            took = time.monotonic() - began
            if server.asked.is_set() and not server.told:
                return took
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            raise Failure("doesn't reach the Runtime API: " + "; ".join([*server.told, said or "it says nothing"]))
        finally:
            process.kill()
            process.wait()
            server.shutdown()
            server.server_close()


def check(path, arch, variables, runner):
    size = path.stat().st_size
    if size > ZIP_BYTES:
        raise Failure(f"its zip has {size} bytes, Lambda takes {ZIP_BYTES}")
    with zipfile.ZipFile(path) as packed, tempfile.TemporaryDirectory() as directory:
        names = packed.namelist()
        if names != ["bootstrap"]:
            raise Failure(f"its zip holds {names}, not bootstrap alone")
        mode = packed.getinfo("bootstrap").external_attr >> 16
        if not mode & 0o001:
            raise Failure("its bootstrap can't be executed by everybody")
        content = packed.read("bootstrap")
        glibc = check_binary(ELFFile(io.BytesIO(content)), arch)
        binary = pathlib.Path(directory, "bootstrap")
        binary.write_bytes(content)
        binary.chmod(0o755)
        took = "not started" if runner is None else f"{start(binary, variables, runner) * 1000:.0f} ms"
    return f"{size / 1e6:.2f} MB", f"{len(content) / 1e6:.2f} MB", ".".join(map(str, glibc)), took


def main():
    arch, *wanted = sys.argv[1:]
    of_functions = environments()
    wanted = wanted or sorted(of_functions)
    runner = emulator(arch)
    if runner is None:
        print(f"Functions for {arch} are not started: install qemu-user-static and libc6-arm64-cross (Debian) to have that checked, too.")
    failed = 0
    print(f"{'function':22} {'zip':>9} {'binary':>9} {'glibc':>6}  start to first /next")
    for name in wanted:
        path = ROOT / "target" / "package" / arch / f"{name}.zip"
        try:
            if not path.exists():
                raise Failure("is not packed")
            print("{:22} {:>9} {:>9} {:>6}  {}".format(name, *check(path, arch, of_functions[name], runner)))
        except Failure as failure:
            failed += 1
            print(f"{name} {failure}", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
