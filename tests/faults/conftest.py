"""The fixtures of the tests: a daemon whose API server stands behind a proxy that makes faults."""

import itertools

import pytest

from faults.bench import Bench
from faults.proxy import Proxy
from harness.cluster import ControlPlane, find_tools

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def plane():
    """For each file, since what a run asks for depends on what else the cluster holds."""
    plane = ControlPlane()
    yield plane
    plane.close()


@pytest.fixture(scope="session")
def tools():
    return find_tools()


@pytest.fixture(scope="module")
def proxy(plane, tmp_path_factory):
    proxy = Proxy(plane.kubeconfig, tmp_path_factory.mktemp("proxy"))
    yield proxy
    proxy.close()


@pytest.fixture
def bench(plane, proxy, tools):
    """A daemon of its own for each test: nothing is cached. `bench.cluster` looks from behind the proxy."""
    proxy.set()
    bench = Bench(plane.kubeconfig, tools, through=proxy.kubeconfig).start()
    yield bench
    proxy.set()
    bench.close()


@pytest.fixture
def namespace(request):
    return f"t{next(_numbers)}"
