"""One API server for all checks, with the operators' definitions and the namespace of the overlays."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ..rendered import K8S
from .definitions import definitions
from .serving import KubeApi


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeApi]:
    folder = tmp_path_factory.mktemp("kube-api", numbered=True)
    served = KubeApi(folder)
    try:
        served.start()
        files = definitions(folder)
        # Server-side: the annotation of the other way is too small for the largest of them.
        said = served.kubectl("apply", "--server-side", *(f"--filename={file}" for file in files))
        assert said.returncode == 0, said.stderr
        _established(served, len(files))
        # A dry run in a namespace asks for the namespace.
        said = served.kubectl("apply", "-f", str(K8S / "base" / "namespace.yaml"))
        assert said.returncode == 0, said.stderr
        yield served
    finally:
        served.stop()


def _established(served: KubeApi, least: int) -> None:
    query = '{range .items[*]}{.status.conditions[?(@.type=="Established")].status}{"\\n"}{end}'
    for _ in range(200):
        states = served.kubectl("get", "customresourcedefinitions", f"-o=jsonpath={query}").stdout.split()
        if len(states) >= least and set(states) == {"True"}:
            return
        time.sleep(0.2)
    raise RuntimeError("a definition is not established")
