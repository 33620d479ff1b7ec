"""Charts as users bring them: what lies in crds/ folders, line endings, names and archives of other systems."""

import io
import subprocess
import tarfile

import pytest
import yaml

from harness.crds import Kind, exists
from harness.helm import both_majors
from harness.paths import BIN, CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, failure_pb2, plan_pb2

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: b}\n"


@pytest.fixture
def kind(namespace):
    return Kind("Dory", namespace)


@pytest.fixture
def in_crds(new_chart, kind):
    """A chart with a CRD and a ConfigMap in its crds/ folder, and a custom resource."""
    return new_chart(kind.resource("own"), crds=kind.manifest() + "---\n" + CONFIG % "in-crds")


def crds_step(outcome):
    return next(step for stage in outcome.chart().stages for step in stage.steps if step.name == "crds")


@both_majors
def test_what_is_no_crd_in_a_crds_folder_is_created_and_told(deploy, in_crds, cluster, namespace, kind):
    outcome = deploy(namespace, chart=in_crds)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "in-crds", namespace)["data"] == {"a": "b"}
    assert f"created 1, replaced 0; created ConfigMap {namespace}/in-crds" in crds_step(outcome).outcome
    # Like a CRD it is nobody's from then on.
    assert deploy(namespace, action=chart_pb2.ACTION_DESTROY, chart=in_crds, delete_crds=True).state == "SUCCEEDED"
    assert cluster.get("configmap", "in-crds", namespace) and not exists(cluster, kind)


def test_what_is_no_crd_stays_as_it_is_where_it_exists(deploy, in_crds, cluster, namespace):
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "configmap", "in-crds", "-n", namespace, "--from-literal=a=mine")
    outcome = deploy(namespace, chart=in_crds, crd_policy=chart_pb2.CRD_POLICY_CREATE_REPLACE)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "in-crds", namespace)["data"] == {"a": "mine"}
    assert crds_step(outcome).outcome == "created 1, replaced 0"


def test_a_preview_names_what_it_would_create(client, in_crds, namespace):
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=in_crds)
    outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[info]), mode=deployer_service_pb2.MODE_PREVIEW))
    assert "creates what is missing of ConfigMap in-crds" in crds_step(outcome).outcome


def test_what_a_failed_run_created_beside_the_crds_is_left_changed(deploy, in_crds, namespace):
    fails = {"assertion": {"object": {"kind": "ConfigMap", "name": "absent"}, "json_path": ".a", "equals": "b"}}
    failure = deploy(namespace, chart=in_crds, stages={"validate": {"after": [fails]}}).run.failure
    assert ("ConfigMap", f"{namespace}/in-crds", "created") in {(one.kind, one.name, one.change) for one in failure.left_changed}


@pytest.mark.parametrize(
    "crds, reason",
    [
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: kube-public}\n", "NAMESPACE_NOT_ALLOWED"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a}\n", "CHART_INVALID"),
        ("just text\n", "CHART_INVALID"),
    ],
)
def test_a_crds_folder_is_refused_before_anything_is_changed(deploy, new_chart, cluster, namespace, crds, reason):
    failure = deploy(namespace, chart=new_chart(CONFIG % "a", crds=crds)).run.failure
    assert (failure.reason, failure.stage) == (reason, failure_pb2.STAGE_CHECK_PREREQUISITES)
    assert cluster.get("namespace", namespace, "default") is None


def crlf(text):
    return text.replace("\n", "\r\n").encode()


@both_majors
def test_lines_may_end_as_on_windows_everywhere(cli, cluster, tmp_path, namespace, kind):
    chart = tmp_path / "dory"
    for folder in ("crds", "templates"):
        (chart / folder).mkdir(parents=True)
    second = Kind("Punt", namespace)
    (chart / "Chart.yaml").write_bytes(crlf("apiVersion: v2\nname: dory\nversion: 1.0.0\n"))
    (chart / ".helmignore").write_bytes(crlf("# ours\n*.orig\n"))
    (chart / "templates/a.yaml.orig").write_text("no template")
    (chart / "values.yaml").write_bytes(crlf("text: chart\n"))
    (chart / "crds/all.yaml").write_bytes(crlf(kind.manifest() + "---\n" + second.manifest()))
    template = CONFIG.replace("{a: b}", "{a: {{ .Values.text | quote }}}") % "cfg" + "---\n" + second.resource("own")
    (chart / "templates/a.yaml").write_bytes(crlf(template))
    (tmp_path / "v.yaml").write_bytes(crlf("# one\ntext: |-\n  one\n  two\n"))
    step = {"name": "more", "apply": {"manifests": CONFIG % "c1" + "---\n" + CONFIG % "c2"}}
    plan = {
        "charts": [
            {
                "name": "dory", "namespace": namespace, "chart": {"path": "dory"}, "valuesFiles": ["v.yaml"],
                "stages": {"preExec": {"before": [step]}},
            }
        ]
    }  # fmt: skip
    (tmp_path / "plan.yaml").write_bytes(crlf(yaml.safe_dump(plan)))
    done = cli("apply", "-f", tmp_path / "plan.yaml")
    assert done.returncode == 0, done.stderr
    assert exists(cluster, kind) and exists(cluster, second)
    assert cluster.get(second.crd, "own", namespace)
    assert cluster.get("configmap", "cfg", namespace)["data"] == {"a": "one\ntwo"}
    assert cluster.get("configmap", "c1", namespace) and cluster.get("configmap", "c2", namespace)


# What is rendered shows that helm has read the file.
FILES = CONFIG.replace("{a: b}", '{a: {{ .Files.Get "files/größe.json" | quote }}}') % "cfg"


def test_file_names_need_not_be_ascii_in_any_locale(make_daemon, cluster, tmp_path, namespace):
    chart = tmp_path / "dory"
    (chart / "files").mkdir(parents=True)
    (chart / "templates").mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: dory\nversion: 1.0.0\n")
    (chart / "files/größe.json").write_text("x")
    (chart / "templates/a.yaml").write_text(FILES)
    daemon = make_daemon(start=False).start(LC_ALL="C", LANG="C")
    environment = {"LC_ALL": "C", "WHEELHOUSE_SERVER": daemon.server}
    argv = [BIN / "wheelhouse", "deploy", chart, "-n", namespace]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert cluster.get("configmap", "cfg", namespace)["data"] == {"a": "x"}


def archive_of(files, path, **options):
    with tarfile.open(path, "w:gz", **options) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content.encode()), 0o666
            tar.addfile(info, io.BytesIO(content.encode()))
    return path


CHART_YAML = "apiVersion: v2\r\nname: dory\r\nversion: 1.0.0\r\n"
ARCHIVES = {
    "backslashes": ({"dory\\Chart.yaml": CHART_YAML, "dory\\files\\größe.json": "x", "dory\\templates\\a.yaml": FILES}, {}),
    "dot": ({"./Chart.yaml": CHART_YAML, "./files/größe.json": "x", "./templates/a.yaml": FILES}, {}),
    "global-header": (
        {"dory/Chart.yaml": CHART_YAML, "dory/files/größe.json": "x", "dory/templates/./a.yaml": FILES},
        {"format": tarfile.PAX_FORMAT, "pax_headers": {"comment": "0123456789abcdef"}},
    ),
    "gnu": (
        {"dory/Chart.yaml": CHART_YAML, "dory/files/größe.json": "x", "dory/templates//a.yaml": FILES},
        {"format": tarfile.GNU_FORMAT},
    ),
}


@both_majors
@pytest.mark.parametrize("packed", ARCHIVES)
def test_archives_of_other_systems_are_read_as_helm_reads_them(cli, cluster, tmp_path, namespace, packed):
    files, options = ARCHIVES[packed]
    archive = archive_of(files, tmp_path / "dory-1.0.0.tgz", **options)
    done = cli("deploy", archive, "-n", namespace, "--name", "dory")
    assert done.returncode == 0, done.stderr
    assert cluster.get("configmap", "cfg", namespace)["data"] == {"a": "x"}


@both_majors
def test_each_document_of_a_values_file_is_a_layer(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG.replace("{a: b}", "{{ toYaml .Values.of | nindent 2 }}") % "cfg", values="of: {a: chart, b: chart}\n")
    file = {"name": "two.yaml", "content": "# first\nof: {a: one, c: one}\n---\nof: {c: two}\n--- # last\nof: {d: three}\n"}
    outcome = deploy(namespace, chart=chart, values_files=[file])
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "cfg", namespace)["data"] == {"a": "one", "b": "chart", "c": "two", "d": "three"}


@both_majors
def test_a_releases_name_may_have_dots(cli, deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG.replace("{a: b}", "{a: {{ .Values.a | quote }}}") % "{{ .Release.Name }}", values="a: b\n")
    fails = {"assertion": {"object": {"kind": "ConfigMap", "name": "absent"}, "json_path": ".a", "equals": "b"}}
    name = "shop.v2"
    assert deploy(namespace, name=name, chart=chart).state == "SUCCEEDED"
    assert deploy(namespace, name=name, chart=chart).decision() == "UNCHANGED"
    failed = deploy(namespace, name=name, chart=chart, values={"a": "c"}, stages={"validate": {"after": [fails]}})
    assert failed.run.failure.stage == failure_pb2.STAGE_VALIDATE
    assert cluster.get("configmap", name, namespace)["data"] == {"a": "b"}, "rolled back"
    assert cli("history", name, "-n", namespace).returncode == 0
    assert cli("rollback", name, "1", "-n", namespace).returncode == 0
    assert cli("destroy", name, "-n", namespace).returncode == 0
    assert cluster.releases(namespace) == {}


@pytest.mark.parametrize("action", [chart_pb2.ACTION_DEPLOY, chart_pb2.ACTION_DESTROY])
def test_a_release_of_another_driver_is_seen_and_refused(deploy, cluster, tools, namespace, action):
    folder = CHARTS / "web"
    environment = {"HELM_DRIVER": "configmap", "KUBECONFIG": str(cluster.kubeconfig), "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
    argv = [tools / "helm", "install", "web", folder, "-n", namespace, "--create-namespace"]
    subprocess.run(argv, check=True, env=environment, capture_output=True)
    failure = deploy(namespace, action=action).run.failure
    assert (failure.reason, failure.step) == ("RELEASE_DRIVER_UNSUPPORTED", "state")
    assert "HELM_DRIVER=configmap helm uninstall" in failure.message
    # The remedy that the message names.
    record = cluster.get("configmap", "sh.helm.release.v1.web.v1", namespace)
    secret = {
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "stringData": record["data"],
        "metadata": {"name": record["metadata"]["name"], "labels": record["metadata"]["labels"]},
    }  # fmt: skip
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=yaml.safe_dump(secret))
    cluster.kubectl("delete", "configmap", "-n", namespace, "-l", "owner=helm")
    outcome = deploy(namespace, action=action)
    assert outcome.state == "SUCCEEDED", outcome.run.failure


PLAN = """x-defaults: &defaults
  chart: {path: CHART}
  namespace: NS
  timeout: 3m
  valuesFiles: []
charts:
- <<: *defaults
  name: one
- <<: *defaults
  name: two
  values: [{key: message, value: two}]
"""


def test_charts_of_a_plan_share_defaults(cli, cluster, tmp_path, namespace):
    (tmp_path / "plan.yaml").write_text(PLAN.replace("CHART", str(CHARTS / "web")).replace("NS", namespace))
    done = cli("apply", "-f", tmp_path / "plan.yaml")
    assert done.returncode == 0, done.stderr
    assert set(cluster.releases(namespace)) == {"one", "two"}
    assert cluster.get("configmap", "two", namespace)["data"]["message"] == "two"
