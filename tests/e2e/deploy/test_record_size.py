"""helm keeps a release in one Secret, of at most 1 MiB: what does not fit is refused before anything is changed."""

import base64
import random

import pytest

from harness.crds import Kind, exists
from harness.helm import both_majors
from wheelhouse.v1 import chart_pb2, failure_pb2

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\ndata: {text: {{ .Values.text | quote }}}\n"

# What of random bytes in a file just fits into a record: 3/4 of 1 MiB, less the rest of it and what gzip adds (0.43%).
FITS = 778_000


def noise(size):
    return random.Random(1).randbytes(size)


@pytest.fixture
def with_file(client, namespace, tmp_path):
    """with_file(size): uploads a chart with a CRD and a file of so many random bytes, which no template reads."""

    def make(size):
        folder = tmp_path / f"chart-{size}"
        (folder / "templates").mkdir(parents=True)
        (folder / "crds").mkdir()
        (folder / "Chart.yaml").write_text("{apiVersion: v2, name: made, version: 1.0.0}")
        (folder / "values.yaml").write_text("text: small\n")
        (folder / "templates" / "all.yaml").write_text(MAP)
        (folder / "crds" / "all.yaml").write_text(Kind("Large", namespace).manifest())
        (folder / "model.bin").write_bytes(noise(size))
        return chart_pb2.ChartSource(archive_digest=client.upload_chart(str(folder)).digest)

    return make


@both_majors
def test_a_chart_that_just_fits_is_deployed(with_file, deploy, cluster, namespace):
    outcome = deploy(namespace, chart=with_file(FITS))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    record = cluster.get("secret", "sh.helm.release.v1.web.v1", namespace)["data"]["release"]
    assert len(base64.b64decode(record)) > 0.98 * (1 << 20), "the test's own chart is as large as it can be"


@both_majors
def test_a_chart_that_does_not_fit_is_refused_before_its_namespace_and_crds(with_file, deploy, cluster, namespace):
    outcome = deploy(namespace, chart=with_file(FITS * 108 // 100))
    failure = outcome.run.failure
    assert (failure.reason, failure_pb2.Stage.Name(failure.stage)) == ("CHART_TOO_LARGE", "STAGE_CHECK_PREREQUISITES"), failure
    assert "the chart's own files take 1.1 MiB" in failure.message
    assert ".helmignore" in failure.hint
    assert cluster.kubectl("get", "namespace", namespace, "--ignore-not-found") == ""
    assert not exists(cluster, Kind("Large", namespace))


@both_majors
def test_what_nobody_could_foresee_is_told_as_what_it_is(with_file, deploy, namespace):
    failure = deploy(namespace, chart=with_file(FITS * 103 // 100)).run.failure
    assert (failure.reason, failure_pb2.Stage.Name(failure.stage)) == ("CHART_TOO_LARGE", "STAGE_EXEC"), failure


@both_majors
def test_a_manifest_that_does_not_fit_leaves_the_release_as_it_was(with_file, deploy, cluster, namespace):
    chart = with_file(500_000)
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    text = chart_pb2.ValuesFile(name="text.yaml", content=f"text: {noise(300_000).hex()}\n")
    failure = deploy(namespace, chart=chart, values_files=[text]).run.failure
    assert failure.reason == "CHART_TOO_LARGE", failure
    assert [(r["revision"], r["status"]) for r in cluster.history("web", namespace)] == [(1, "deployed")]
    assert cluster.get("configmap", "it", namespace)["data"]["text"] == "small"
