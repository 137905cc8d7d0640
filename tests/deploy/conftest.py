import pathlib

import pytest
from deployment import Deployment


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory):
    running = Deployment(pathlib.Path(tmp_path_factory.mktemp("deployment")))
    yield running
    running.stop()
