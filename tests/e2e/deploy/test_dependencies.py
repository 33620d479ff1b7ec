"""Charts whose charts/ folder lacks what their Chart.yaml depends on: the daemon fetches it, from where its operator allows."""

import pytest
import yaml

import wheelhouse
from harness.chart_servers import Publisher, address, daemons, root  # noqa: F401: fixtures
from harness.helm import both_majors
from wheelhouse.v1 import chart_pb2

pytestmark = both_majors


@pytest.fixture(scope="module")
def publisher(cluster, root, address):
    """A repository with web 1.2.0 and 1.3.0."""
    folder = root / "charts"
    folder.mkdir()
    publisher = Publisher(cluster, folder)
    publisher.url = f"http://{address}/charts"
    publisher.publish("1.2.0")
    publisher.publish("1.3.0")
    return publisher


@pytest.fixture
def shop(tmp_path, publisher):
    """shop(dependencies, locked=...): a chart's folder."""

    def make(*dependencies, locked=()):
        folder = tmp_path / "shop"
        (folder / "templates").mkdir(parents=True, exist_ok=True)
        chart = {"apiVersion": "v2", "name": "shop", "version": "0.1.0", "dependencies": list(dependencies)}
        (folder / "Chart.yaml").write_text(yaml.safe_dump(chart))
        (folder / "values.yaml").write_text("web: {message: from-shop}\n")
        (folder / "templates" / "own.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n")
        if locked:
            (folder / "Chart.lock").write_text(yaml.safe_dump({"dependencies": list(locked)}))
        return folder

    return make


@pytest.fixture
def web(publisher):
    return lambda version: {"name": "web", "version": version, "repository": publisher.url}


def test_the_daemon_fetches_what_is_missing(cli, cluster, namespace, shop, web):
    folder = shop(web("^1"))
    deployed = cli("deploy", folder, "-n", namespace)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    assert f"fetched web 1.3.0 of {web('')['repository']} for shop\n" in deployed.stderr
    assert cluster.get("configmap", "own", namespace) is not None
    assert cluster.get("configmap", "shop", namespace)["data"]["message"] == "from-shop"
    again = cli("deploy", folder, "-n", namespace)
    assert again.returncode == 0 and "UNCHANGED" in again.stdout


def test_the_lock_file_counts(cli, namespace, shop, web):
    deployed = cli("deploy", shop(web("^1"), locked=[web("1.2.0")]), "-n", namespace)
    assert deployed.returncode == 0 and "fetched web 1.2.0 of " in deployed.stderr, deployed.stderr
    stale = cli("deploy", shop(web("^2"), locked=[web("1.2.0")]), "-n", namespace)
    assert stale.returncode != 0 and "Chart.lock does not fit Chart.yaml: it has 1.2.0" in stale.stderr


def test_a_chart_beside_it_is_packed_with_it(cli, cluster, namespace, shop, tmp_path):
    folder = shop({"name": "common", "version": "0.1.0", "repository": "file://../common"})
    absent = cli("deploy", folder, "-n", namespace)
    assert absent.returncode == 2 and "depends on common, but there is no chart at" in absent.stderr, absent.stderr
    (tmp_path / "common" / "templates").mkdir(parents=True)
    (tmp_path / "common" / "Chart.yaml").write_text("{apiVersion: v2, name: common, version: 0.1.0}\n")
    (tmp_path / "common" / "templates" / "its.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: its}\n")
    deployed = cli("deploy", folder, "-n", namespace)
    assert deployed.returncode == 0, deployed.stderr
    assert cluster.get("configmap", "its", namespace) is not None
    (folder / "charts" / "common").mkdir(parents=True)
    (folder / "charts" / "common" / "Chart.yaml").write_text("{apiVersion: v2, name: common, version: 0.1.0}\n")
    vendored = cli("deploy", folder, "-n", namespace)
    assert vendored.returncode == 0 and cluster.get("configmap", "its", namespace) is None, vendored.stderr


@pytest.mark.parametrize(
    ("repository", "reason", "words"),
    [
        ("https://elsewhere.example/charts", "SOURCE_NOT_ALLOWED", "https://elsewhere.example/charts"),
        ("@stable", "CHART_INVALID", "write its URL into Chart.yaml"),
        ("", "CHART_INVALID", "put it into the chart's charts/ folder"),
    ],
)
def test_what_cannot_be_fetched_is_named_with_the_chart_that_wants_it(cli, namespace, shop, repository, reason, words):
    failed = cli("deploy", shop({"name": "redis", "version": "1.0.0", "repository": repository}), "-n", namespace)
    assert failed.returncode != 0 and reason in failed.stderr and words in failed.stderr, failed.stderr
    assert "fetching redis, which shop depends on" in failed.stderr


def test_api_callers_complete_what_they_uploaded(client, daemon, deploy, cluster, namespace, shop, web):
    uploaded = client.upload_chart(str(shop(web("1.2.0"))))
    assert list(uploaded.missing_dependencies) == ["web"]
    refused = deploy(namespace, name="shop", chart=chart_pb2.ChartSource(archive_digest=uploaded.digest))
    assert refused.run.failure.reason == "CHART_INVALID" and "web" in refused.run.failure.message
    built = client.build_dependencies(uploaded.digest)
    assert [(one.name, one.version) for one in built.added] == [("web", "1.2.0")] and built.digest != uploaded.digest
    assert client.build_dependencies(built.digest).digest == built.digest
    assert deploy(namespace, name="shop", chart=chart_pb2.ChartSource(archive_digest=built.digest)).state == "SUCCEEDED"
    with pytest.raises(wheelhouse.Error) as error:
        client.build_dependencies("sha256:" + "0" * 64)
    assert error.value.reason == "CHART_NOT_UPLOADED"
    with pytest.raises(wheelhouse.Error) as error:
        client.build_dependencies("web")
    assert error.value.reason == "PLAN_INVALID" and list(error.value.violations) == ["digest"]
