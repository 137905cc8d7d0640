"""Writes what images are made of as CycloneDX: the crates that the binaries link, or the packages that the dashboard is built of.

usage: sbom.py crates FILE TRIPLE PACKAGE...
       sbom.py npm FILE package-lock.json
"""

import json
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterable

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL


def crates(triple: str, *packages: str) -> list[Component]:
    """What these packages link: not what only tests or build scripts need."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", triple]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    known = {crate["id"]: crate for crate in metadata["packages"]}
    needs = {
        node["id"]: [dep["pkg"] for dep in node["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        for node in metadata["resolve"]["nodes"]
    }
    roots = [one for one in metadata["workspace_members"] if known[one]["name"] in packages]
    linked = (known[one] for one in reachable(roots, needs.__getitem__))
    return [component("cargo", crate["name"], crate["version"], crate["license"]) for crate in linked]


def npm(lock: str) -> list[Component]:
    """What the pages load: not what only builds or tests them."""
    packages = json.loads(pathlib.Path(lock).read_text(encoding="utf-8"))["packages"]

    def needs(path: str) -> list[str]:
        one = packages[path]
        optional = {name for name, meta in one.get("peerDependenciesMeta", {}).items() if meta.get("optional")}
        wanted = [*one.get("dependencies", {}), *(set(one.get("peerDependencies", {})) - optional)]
        return [found for name in wanted if (found := resolved(path, name))]

    def resolved(path: str, name: str) -> str | None:
        """As Node.js does: beside the package, then beside whoever holds it."""
        while True:
            candidate = f"{path}/node_modules/{name}".lstrip("/")
            if candidate in packages:
                return candidate
            if not path:
                return None
            path = path.rpartition("node_modules/")[0].rstrip("/")

    found = {path: packages[path] for path in reachable([""], needs) if path and not packages[path].get("dev")}
    return [component("npm", path.rpartition("node_modules/")[2], one["version"], one.get("license")) for path, one in found.items()]


def reachable(roots: Iterable[str], needs: Callable[[str], Iterable[str]]) -> list[str]:
    found, waiting = set(), list(roots)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += needs(one)
    return sorted(found)


def component(kind: str, name: str, version: str, licence: str | None) -> Component:
    # Older crates divide their licences by a slash.
    expression = (licence or "").replace("/", " OR ")
    licences = [LicenseFactory().make_with_expression(expression)] if expression else []
    group, _, short = name.rpartition("/")
    purl = PackageURL(kind, group or None, short, version)
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=purl, bom_ref=str(purl), licenses=licences)


def main(kind: str, file: str, *arguments: str) -> None:
    components = {"crates": crates, "npm": npm}[kind](*arguments)
    bom = Bom(components=components)
    root = bom.metadata.component = Component(name="fastfusion", type=ComponentType.CONTAINER)
    bom.register_dependency(root, components)
    pathlib.Path(file).write_text(JsonV1Dot6(bom).output_as_string(indent=1), encoding="utf-8")
    print(f"{file}: {len(components)} components")


if __name__ == "__main__":
    main(*sys.argv[1:])
