"""Real parts only: a sandbox control plane, helm, the daemon and its SQLite store, driven through the Python package."""

import contextlib
import functools
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
import yaml

import wheelhouse
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2

TOP = pathlib.Path(__file__).resolve().parents[2]
CHARTS = TOP / "tests" / "charts"
# tests/run sets it to try a build with sanitizers.
BIN = pathlib.Path(os.environ.get("WHEELHOUSE_BIN", TOP / "build" / "bin"))
KEPT = TOP / "build" / "e2e-failed"


def wait_for(what, condition, seconds=60):
    """Polls a condition to its bound; returns what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {seconds} s: {what}")


def keep(folder, name):
    """Keeps a folder of logs for whoever looks into a failure."""
    shutil.copytree(folder, KEPT / name, dirs_exist_ok=True)


def interrupt_once(*_):
    """SIGTERM as Ctrl-C: the fixtures end what they started, undisturbed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


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
    """The folder of helm, helm3, kustomize and kubectl."""
    return pathlib.Path(subprocess.check_output([TOP / "tests/sandbox/tool", "--all"], text=True).strip())


@pytest.fixture(scope="session")
def kubeconfig(request, tools):
    """A control plane of this test run's own. It dies with us."""
    folder = tempfile.mkdtemp(prefix="wh-cluster-")
    log = open(f"{folder}.log", "w+")
    up = subprocess.Popen(
        [TOP / "tests/sandbox/up", "--foreground", "--dir", folder], stdout=subprocess.PIPE, stderr=log, text=True
    )
    path = up.stdout.readline().strip()
    assert path, f"the sandbox did not start: {pathlib.Path(log.name).read_text()[-3000:]}"
    yield path
    if request.session.testsfailed:
        keep(pathlib.Path(folder) / "logs", "control-plane")
    subprocess.run([TOP / "tests/sandbox/down", "--dir", folder], check=True, stdout=log, stderr=log)
    up.wait(timeout=60)
    shutil.rmtree(folder, ignore_errors=True)
    os.unlink(log.name)


class Cluster:
    """kubectl and helm against the sandbox."""

    def __init__(self, kubeconfig, tools):
        self.kubeconfig, self.tools = kubeconfig, tools

    def run(self, tool, *args, check=True, **kwargs):
        environment = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "KUBECONFIG": self.kubeconfig}
        return subprocess.run(
            [self.tools / tool, *args], check=check, capture_output=True, text=True, env=environment, **kwargs
        )

    def kubectl(self, *args, **kwargs):
        return self.run("kubectl", *args, **kwargs).stdout

    def get(self, kind, name, namespace):
        """The object as a dict, or None."""
        found = self.kubectl("get", kind, name, "-n", namespace, "-o", "json", "--ignore-not-found")
        return json.loads(found) if found else None

    def releases(self, namespace):
        """helm's own list of a namespace, by name."""
        return {r["name"]: r for r in json.loads(self.run("helm", "list", "-n", namespace, "-o", "json").stdout)}

    def history(self, release, namespace):
        return json.loads(self.run("helm", "history", release, "-n", namespace, "-o", "json").stdout)


@pytest.fixture(scope="session")
def cluster(kubeconfig, tools):
    return Cluster(kubeconfig, tools)


class Daemon:
    """One wheelhoused with a folder of its own."""

    started = []  # that have not been closed

    def __init__(self, kubeconfig, helm, **config):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wh-"))
        self.socket = self.folder / "s"
        self.config_file = self.folder / "wheelhoused.yaml"
        self.config = {
            "clusters": [{"name": "sandbox", "kubeconfig": str(kubeconfig), "default": True}],
            "listen": [{"unix": str(self.socket), "caller": "tester"}],
            "stateDirectory": str(self.folder / "state"),
            "helm": {"path": str(helm)},
            "kustomize": {"path": str(pathlib.Path(helm).parent / "kustomize")},
            **config,
        }
        self.process = None
        self.mark = 0

    @property
    def server(self):
        return f"unix://{self.socket}"

    def spawn(self, **environment):
        """Starts it, and does not wait for it to answer."""
        self.config_file.write_text(yaml.safe_dump(self.config))
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                # It would live on if pytest were killed.
                ["setpriv", "--pdeathsig", "TERM", BIN / "wheelhoused", "--config", self.config_file],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
            )
        if self not in Daemon.started:
            Daemon.started.append(self)
        return self

    def start(self, **environment):
        self.spawn(**environment)
        wait_for("the daemon answers", self._answers, 20)
        return self

    def _answers(self):
        assert self.process.poll() is None, f"the daemon ended: {self.log_text()[-3000:]}"
        with contextlib.suppress(wheelhouse.Error), self.client() as client:
            return client.status()

    def client(self):
        return wheelhouse.Client(self.server)

    def log_size(self):
        path = self.folder / "log"
        return path.stat().st_size if path.exists() else 0

    def log_text(self, mark=0):
        with open(self.folder / "log", "rb") as log:
            log.seek(mark)
            return log.read().decode(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        return self.process and self.process.returncode

    def close(self, keep_log=False):
        running = self.process and self.process.poll() is None
        code = self.stop()
        if self in Daemon.started:
            Daemon.started.remove(self)
        if keep_log or (running and code != 0):
            KEPT.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / "log", KEPT / f"{self.folder.name}.log")
        shutil.rmtree(self.folder)
        # What a sanitizer found is told by the exit code.
        assert not running or code == 0, f"the daemon exited with {code}: {KEPT / self.folder.name}.log"


@pytest.fixture(scope="session")
def make_daemon(request, kubeconfig, tools):
    """Makes daemons that end with the session: make_daemon(helm="helm3", key=value of the configuration)."""
    with contextlib.ExitStack() as stack:

        def make(helm="helm", start=True, **config):
            daemon = Daemon(config.pop("kubeconfig", kubeconfig), tools / helm, **config)
            stack.callback(lambda: daemon.close(keep_log=bool(request.session.testsfailed)))
            return daemon.start() if start else daemon

        yield make


# For tests of what must hold with both majors: `pytestmark = both_majors`.
both_majors = pytest.mark.parametrize("helm", ["helm", "helm3"], indirect=True)


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
    """new_chart(template, values=..., crds=..., **fields of Chart.yaml): uploads a chart of that; gives its ChartSource."""
    numbers = itertools.count()

    def make(template, values="", crds="", **fields):
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


class Outcome:
    """A run that was watched to its end: its events and its last picture."""

    def __init__(self, client, events):
        self.events = list(events)
        self.run = client.get_run(self.events[0].run_id)

    @property
    def state(self):
        return run_pb2.RunState.Name(self.run.state).removeprefix("RUN_STATE_")

    def chart(self, at=0):
        return self.run.charts[at]

    def decision(self, at=0):
        return run_pb2.Decision.Name(self.chart(at).decision).removeprefix("DECISION_")


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
