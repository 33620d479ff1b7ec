"""What a hostile caller sends ends with its own error, and the daemon goes on."""

import itertools
import os
import pathlib

import pytest

import wheelhouse
from harness import hostile
from harness.helm import both_majors
from harness.runs import step_result
from wheelhouse.v1 import chart_pb2

FLOW = hostile.flow_list(200_000)


@pytest.fixture
def pack(tmp_path):
    """Writes an archive's bytes to a file; gives its path."""
    numbers = itertools.count()

    def write(data):
        path = tmp_path / f"chart-{next(numbers)}.tgz"
        path.write_bytes(data)
        return str(path)

    return write


@pytest.fixture
def uploaded(client, pack):
    """Uploads an archive's bytes; gives its ChartSource."""
    return lambda data: chart_pb2.ChartSource(archive_digest=client.upload_chart(pack(data)).digest)


def failure_of(deploy, *args, **fields):
    """Of a plan that is refused, or of a run that fails."""
    try:
        return deploy(*args, **fields).run.failure
    except wheelhouse.Error as error:
        return error


CONFIG_MAP = hostile.CONFIG_MAP % "mine"

REFUSED = {
    "a chart behind a folder's name": (lambda: hostile.two_faced(CONFIG_MAP, CONFIG_MAP), "CHART_INVALID", "README.md/"),
    "a link": (lambda: hostile.archive(("templates/b.yaml", b"", b"2")), "CHART_INVALID", "templates/b.yaml"),
    "a hard link": (lambda: hostile.archive(("templates/b.yaml", b"", b"1")), "CHART_INVALID", "templates/b.yaml"),
    "a sparse file": (lambda: hostile.archive(("templates/b.yaml", b"", b"S")), "CHART_INVALID", "templates/b.yaml"),
    "an entry twice": (lambda: hostile.archive(("values.yaml", b"a: 1\n")), "CHART_INVALID", "web/values.yaml"),
    "an archive behind an archive": (lambda: hostile.archive() + hostile.archive(), "CHART_INVALID", "follows the end"),
    "a subchart with two faces": (
        lambda: hostile.archive(("charts/sub.tgz", hostile.two_faced(CONFIG_MAP, CONFIG_MAP))),
        "CHART_INVALID",
        "charts/sub.tgz",
    ),
    "zeros": (lambda: hostile.archive(("zeros", bytes(120 << 20))), "CHART_TOO_LARGE", "bytes unpacked"),
    "zeros in a subchart": (
        lambda: hostile.archive(("charts/sub.tgz", hostile.archive(("zeros", bytes(120 << 20))))),
        "CHART_TOO_LARGE",
        "bytes unpacked",
    ),
    "values": (lambda: hostile.archive(values=FLOW), "CHART_TOO_LARGE", "values.yaml:1"),
    "values of subcharts": (
        lambda: hostile.archive(("charts/sub/Chart.yaml", hostile.CHART_YAML), ("charts/sub/values.yaml", FLOW)),
        "CHART_TOO_LARGE",
        "charts/sub/values.yaml:1",
    ),
    "a description of the chart": (
        lambda: hostile.archive(chart_yaml=hostile.CHART_YAML + FLOW),
        "CHART_TOO_LARGE",
        "Chart.yaml:4",
    ),
    "CRDs": (lambda: hostile.archive(("crds/a.yaml", FLOW)), "CHART_TOO_LARGE", "crds/a.yaml:1"),
    "levels": (lambda: hostile.archive(values=hostile.deep(20_000)), "CHART_TOO_LARGE", "values.yaml:1"),
    "one long text": (lambda: hostile.archive(values=b"x: " + b"x" * (9 << 20)), "CHART_TOO_LARGE", "values.yaml:1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_when_it_is_uploaded(client, pack, case):
    make, reason, part = REFUSED[case]
    with pytest.raises(wheelhouse.Error) as error:
        client.upload_chart(pack(make()))
    assert error.value.reason == reason and part in str(error.value), error.value


@pytest.mark.parametrize(
    "text", [FLOW, hostile.deep(20_000), hostile.aliases(), b"x: \0\n"], ids=["list", "levels", "aliases", "NUL"]
)
def test_values_that_cost_more_than_they_may(deploy, cluster, namespace, text):
    failure = failure_of(deploy, namespace, values_files=[{"name": "v.yaml", "content": text.decode()}])
    assert failure.reason == "VALUES_INVALID" and "v.yaml" in str(failure), failure
    assert cluster.get("namespace", namespace, namespace) is None


@pytest.mark.parametrize("key", ["a[100000000]", "a" + ".b" * 200, "a" + "[0]" * 200], ids=["index", "names", "indices"])
def test_keys_that_make_large_values(deploy, cluster, namespace, key):
    assert failure_of(deploy, namespace, values={key: "1"}).reason in ("VALUES_INVALID", "PLAN_INVALID")
    assert cluster.get("namespace", namespace, namespace) is None


bounds_memory = pytest.mark.skipif(
    "asan" in os.environ.get("WHEELHOUSE_BIN", ""), reason="a sanitizer's shadow memory leaves no bound for children"
)


@bounds_memory
@both_majors
@pytest.mark.parametrize("template", hostile.EATS_MEMORY.values(), ids=hostile.EATS_MEMORY)
def test_a_template_that_eats_memory(deploy, cluster, uploaded, namespace, template):
    outcome = deploy(namespace, chart=uploaded(hostile.archive(template=template)))
    failure = outcome.run.failure
    assert failure.reason == "CHILD_OUT_OF_MEMORY", failure
    assert "children.memoryBytes" in failure.message
    assert cluster.get("namespace", namespace, namespace) is None


@both_majors
def test_a_template_that_does_not_end(deploy, cluster, uploaded, namespace):
    outcome = deploy(
        namespace,
        chart=uploaded(hostile.archive(template=hostile.LOOP)),
        stages={"check_prerequisites": {"timeout": {"seconds": 8}}},
    )
    failure = outcome.run.failure
    assert failure.reason == "RENDER_TIMEOUT", failure
    assert "took longer than 8s" in failure.message
    assert cluster.get("namespace", namespace, namespace) is None


def test_a_child_that_uses_up_its_cpu_time(make_daemon, deploy, pack, namespace):
    daemon = make_daemon(children={"cpuTime": "5s"})
    with daemon.client() as client:
        source = chart_pb2.ChartSource(archive_digest=client.upload_chart(pack(hostile.archive(template=hostile.LOOP))).digest)
        stages = {"check_prerequisites": {"timeout": {"seconds": 600}}}
        failure = deploy(namespace, chart=source, stages=stages, client=client).run.failure
        assert failure.reason == "CHILD_OUT_OF_CPU", failure
        assert "children.cpuTime" in failure.message


@both_majors
@pytest.mark.parametrize("template", hostile.RECURSIONS.values(), ids=hostile.RECURSIONS)
def test_a_template_that_calls_itself(deploy, uploaded, namespace, template):
    assert deploy(namespace, chart=uploaded(hostile.archive(template=template))).run.failure.reason == "CHART_INVALID"


def archives_of(daemon):
    return list(pathlib.Path(daemon.folder, "state", "archives").rglob("*.tgz"))


def test_an_archive_that_the_disk_damaged_is_named_and_healed_by_another_upload(make_daemon, deploy, pack, namespace):
    daemon = make_daemon()
    path = pack(hostile.archive(template=CONFIG_MAP))
    with daemon.client() as client:
        source = chart_pb2.ChartSource(archive_digest=client.upload_chart(path).digest)
        (stored,) = archives_of(daemon)
        stored.write_bytes(stored.read_bytes()[:-20] + bytes(20))
        failure = failure_of(deploy, namespace, chart=source, client=client)
        assert failure.reason == "CHART_NOT_UPLOADED" and source.archive_digest in str(failure), failure
        assert client.upload_chart(path).digest == source.archive_digest
        assert deploy(namespace, chart=source, client=client).state == "SUCCEEDED"


def test_what_is_deployed_is_what_was_digested_even_if_it_was_stored_before(make_daemon, deploy, pack, namespace):
    """As by a daemon that took the archive with two faces for the honest chart."""
    daemon = make_daemon()
    with daemon.client() as client:
        source = chart_pb2.ChartSource(archive_digest=client.upload_chart(pack(hostile.archive(template=CONFIG_MAP))).digest)
        (stored,) = archives_of(daemon)
        stored.write_bytes(hostile.two_faced(CONFIG_MAP, hostile.CONFIG_MAP % "attacker"))
        failure = failure_of(deploy, namespace, chart=source, client=client)
        assert failure.reason == "CHART_NOT_UPLOADED" and "README.md/" in str(failure), failure


@both_majors
def test_helm_gets_an_archive_that_the_daemon_has_packed(deploy, cluster, uploaded, namespace):
    """Subcharts in archives included."""
    sub = hostile.archive(template=hostile.CONFIG_MAP % "sub", chart_yaml=hostile.CHART_YAML.replace(b"web", b"sub"))
    outcome = deploy(namespace, chart=uploaded(hostile.archive(("charts/sub.tgz", sub), template=CONFIG_MAP)))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_result(outcome, "chart")[0] == "SUCCEEDED"
    assert cluster.get("configmap", "mine", namespace) and cluster.get("configmap", "sub", namespace)


def test_the_daemon_leaves_no_core_dumps(daemon):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/limits").read_text()
    core = next(line for line in status.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    assert int(pathlib.Path(f"/proc/{daemon.process.pid}/coredump_filter").read_text(), 16) == 0
