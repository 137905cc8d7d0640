"""What an environment is deployed with: its sections in samconfig.toml, and what the command line sets beside them."""

import dataclasses
import pathlib

from commands import Failed

try:
    import tomllib
except ImportError:
    raise SystemExit("Deploying needs Python 3.11 or newer.") from None

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = ROOT / "samconfig.toml"


@dataclasses.dataclass(frozen=True)
class Settings:
    name: str
    stack: str
    region: str
    application: dict
    network: dict
    kafka: dict
    site: dict
    # Whether to deploy although an alarm is raised.
    unguarded: bool

    def stack_of(self, part):
        return f"{self.stack}-{part}"

    @property
    def zones(self):
        return self.network["Zones"]


def pairs(values):
    """`Name=value` by name."""
    split = [value.partition("=") for value in values]
    if bad := [value for value, (name, equals, _) in zip(values, split) if not (name and equals)]:
        raise Failed(f"{bad[0]!r} is not of the form Name=value.")
    return {name: value for name, _, value in split}


def read(name, given=(), unguarded=False, config=CONFIG):
    """The settings of an environment, with values that the command line gives the application's parameters."""
    sections = tomllib.loads(config.read_text(encoding="utf-8"))
    environments = [one for one, commands in sections.items() if isinstance(commands, dict) and "network" in commands]
    if name not in environments:
        raise Failed(f"Which environment? Say ENV={' or ENV='.join(environments)}: {config.name} has these.")
    of = {command: section["parameters"] for command, section in sections[name].items()}
    deploy = of["deploy"]
    return Settings(
        name=name,
        stack=deploy["stack_name"],
        region=deploy["region"],
        application=pairs(deploy["parameter_overrides"]) | pairs(given),
        network=of["network"],
        kafka=of["kafka"],
        site=of.get("site", {}),
        unguarded=unguarded,
    )
