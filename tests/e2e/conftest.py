"""Real parts only: a sandbox control plane, helm, the daemon and its SQLite store, driven through the Python package."""

import contextlib
import functools
import itertools
import os
import pathlib
import shutil
import signal

import pytest
import yaml

from harness import cli as command_line
from harness.cluster import Cluster, ControlPlane, find_tools
from harness.daemon import Daemon
from harness.interrupt import interrupt_once
from harness.paths import CHARTS, KEPT, TOP
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2


def keep(folder, name):
    """Keeps a folder of logs for whoever looks into a failure."""
    shutil.copytree(folder, KEPT / name, dirs_exist_ok=True)


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):  # only the session that starts the others, of which each has a cluster
        shutil.rmtree(KEPT, ignore_errors=True)
    signal.signal(signal.SIGTERM, interrupt_once)


def pytest_runtest_setup():
    for daemon in Daemon.started:
        daemon.mark = daemon.log_size()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    if report.failed:
        for daemon in Daemon.started:
            if log := daemon.log_text(daemon.mark)[-20000:]:
                report.sections.append((f"log of the daemon in {daemon.folder}", log))
    return report


def pytest_terminal_summary(terminalreporter):
    if KEPT.exists():
        terminalreporter.write_line(f"logs of the daemons and the control plane are kept in {KEPT}")


@pytest.fixture(scope="session")
def tools():
    return find_tools()


@pytest.fixture(scope="session")
def kubeconfig(request):
    """Of a control plane of this test run's own."""
    plane = ControlPlane()
    yield plane.kubeconfig
    if request.session.testsfailed:
        keep(plane.logs, "control-plane")
    plane.close()


@pytest.fixture(scope="session")
def cluster(kubeconfig, tools):
    return Cluster(kubeconfig, tools)


@pytest.fixture(scope="session")
def make_daemon(request, kubeconfig, tools):
    """Makes daemons that end with the session: make_daemon(helm="helm3", key=value of the configuration)."""
    with contextlib.ExitStack() as stack:

        def make(helm="helm", start=True, **config):
            daemon = Daemon(config.pop("kubeconfig", kubeconfig), tools / helm, **config)
            stack.callback(lambda: daemon.close(keep_log=bool(request.session.testsfailed)))
            return daemon.start() if start else daemon

        yield make


@pytest.fixture
def helm(request):
    """The helm binary that the daemon drives."""
    return getattr(request, "param", "helm")


@pytest.fixture(scope="session")
def daemons(make_daemon):
    """One daemon for each helm, with its client."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def of(helm):
            daemon = make_daemon(helm=helm)
            return daemon, stack.enter_context(daemon.client())

        yield of


@pytest.fixture
def daemon(daemons, helm):
    return daemons(helm)[0]


@pytest.fixture
def client(daemons, helm):
    return daemons(helm)[1]


@pytest.fixture
def cli(daemon):
    """The command line, run to its end: cli("deploy", CHART, "-n", namespace)."""
    return functools.partial(command_line.run, daemon)


_numbers = itertools.count(1)


@pytest.fixture
def namespace(request):
    return f"t{next(_numbers)}-{request.node.originalname.removeprefix('test_').replace('_', '-')[:40]}".rstrip("-")


@pytest.fixture(scope="session")
def real_charts():
    """A folder of community charts; what asks for it is skipped where there is none."""
    folder = pathlib.Path(os.environ.get("WHEELHOUSE_REAL_CHARTS", TOP.parent / "shared" / "charts"))
    if not folder.is_dir():
        pytest.skip(f"no real charts in {folder}")
    return folder


@pytest.fixture(scope="session")
def upload():
    """Uploads a chart of tests/charts once for each client; gives its ChartSource."""
    known = {}

    def source(client, name):
        if (client, name) not in known:
            known[client, name] = client.upload_chart(str(CHARTS / name)).digest
        return chart_pb2.ChartSource(archive_digest=known[client, name])

    return source


@pytest.fixture
def new_chart(client, tmp_path):
    """new_chart(template, values=..., crds=..., client=..., **fields of Chart.yaml): uploads a chart of that; gives its
    ChartSource."""
    numbers = itertools.count()

    def make(template, values="", crds="", client=client, **fields):
        folder = tmp_path / f"chart-{next(numbers)}"
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text(yaml.safe_dump({"apiVersion": "v2", "name": "made", "version": "1.0.0", **fields}))
        (folder / "values.yaml").write_text(values)
        (folder / "templates" / "all.yaml").write_text(template)
        if crds:
            (folder / "crds").mkdir()
            (folder / "crds" / "all.yaml").write_text(crds)
        return chart_pb2.ChartSource(archive_digest=client.upload_chart(str(folder)).digest)

    return make


@pytest.fixture
def deploy(client, upload):
    """deploy(namespace, values={...}, **fields of ChartInfo): runs one chart to its end. `chart` is the name of one in
    tests/charts, a path, or a ChartSource; by default `web`, and none for a DESTROY."""

    def go(namespace, name="web", chart=None, values=None, client=client, plan=None, **fields):
        if fields.get("action") != chart_pb2.ACTION_DESTROY:
            chart = chart or "web"
        if chart:
            fields["chart"] = upload(client, chart) if isinstance(chart, (str, pathlib.Path)) else chart
        info = chart_pb2.ChartInfo(name=name, namespace=namespace, **fields)
        for key, value in (values or {}).items():
            info.values.add(key=key, value=str(value))
        return Outcome(client, client.deploy(plan_pb2.Plan(charts=[info], **(plan or {}))))

    return go
