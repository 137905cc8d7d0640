import os
import pathlib

import pytest
from compose_file import services
from containers import Containers


@pytest.fixture(scope="session")
def declared() -> dict[str, dict]:
    """All services that `docker compose up` starts."""
    return services()


@pytest.fixture(scope="session")
def everything() -> dict[str, dict]:
    """Those of the profiles, too."""
    return services("observability")


@pytest.fixture(scope="session")
def running(declared: dict[str, dict], tmp_path_factory: pytest.TempPathFactory):
    if "WITHOUT_NAMESPACES" in os.environ:
        pytest.skip("this machine makes no network namespaces")
    containers = Containers(declared, pathlib.Path(tmp_path_factory.mktemp("compose")))
    yield containers
    containers.stop()
