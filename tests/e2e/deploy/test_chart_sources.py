"""Charts that the daemon fetches itself, from a repository and a registry on loopback that its operator allows."""

import contextlib
import functools

import pytest

import wheelhouse
from harness.authority import LOOPBACK, Authority
from harness.chart_servers import Registry, Repository, serve
from harness.helm import both_majors
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

pytestmark = both_majors


@pytest.fixture(scope="module")
def packages(cluster, tmp_path_factory):
    """A folder with web in several versions, as `helm repo index` makes a repository of it."""
    folder = tmp_path_factory.mktemp("repository")
    for version in ("0.1.0", "0.2.0"):
        cluster.run("helm", "package", CHARTS / "web", "--version", version, "-d", folder)
    cluster.run("helm", "repo", "index", folder)
    (folder / "web-0.2.0.tgz").write_bytes(b"this is no archive")
    (folder / "page").mkdir()
    (folder / "page" / "index.yaml").write_text("<html>not here</html>")
    (folder / "private").mkdir()
    (folder / "private" / "index.yaml").write_bytes((folder / "index.yaml").read_bytes())
    (folder / "private" / "web-0.1.0.tgz").write_bytes((folder / "web-0.1.0.tgz").read_bytes())
    return folder


@pytest.fixture(scope="module")
def repository_address(packages):
    with serve(functools.partial(Repository, directory=packages)) as address:
        yield address


@pytest.fixture(scope="module")
def elsewhere(packages):
    """The address of another server with the same folder."""
    with serve(functools.partial(Repository, directory=packages)) as address:
        yield address


@pytest.fixture(scope="module")
def repository(repository_address):
    return lambda name, version="", path="": chart_pb2.ChartSource(
        repository={"url": f"http://{repository_address}{path}", "name": name, "version": version}
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "registry")


@pytest.fixture(scope="module")
def registry_address(packages, authority):
    archive = (packages / "web-0.1.0.tgz").read_bytes()
    Registry.add_chart("0.0.9", archive)
    Registry.add_chart("0.1.0", archive)
    Registry.blobs[Registry.add_chart("0.0.8", archive + b"\0")] = archive  # not what its digest says
    with serve(Registry, authority.issue("registry", LOOPBACK)) as address:
        yield address


@pytest.fixture(scope="module")
def registry(registry_address):
    return lambda name, version="": chart_pb2.ChartSource(
        oci={"reference": f"oci://{registry_address}/charts/{name}", "version": version}
    )


@pytest.fixture(scope="module")
def fetching(make_daemon, authority, repository_address, registry_address, elsewhere, tmp_path_factory):
    """A daemon for each helm whose operator allows the repository and the registry."""
    password = tmp_path_factory.mktemp("secrets") / "password"
    password.write_text("hunter22\n")
    password.chmod(0o600)
    inside = {"networks": ["127.0.0.0/8"]}
    allow = [
        {"url": f"http://{repository_address}", **inside},
        {"url": f"http://{repository_address}/private", "credential": "robot", **inside},
        {"url": f"http://{repository_address}/moved", "also": [f"http://{elsewhere}/page"], **inside},
        {"url": f"http://localhost:{repository_address.split(':')[1]}"},
        {"url": "http://127.0.0.1:1", **inside},
        {"url": "oci://127.0.0.1:1", **inside},
        {"url": f"oci://{registry_address}", "ca": str(authority.path), **inside},
        {"url": f"oci://{registry_address}/charts/private", "ca": str(authority.path), "credential": "robot", **inside},
        {"url": f"oci://{registry_address}/unknown", **inside},
    ]
    credentials = [{"name": "robot", "username": "robot", "passwordFile": str(password)}]

    @functools.cache
    def of(helm):
        return make_daemon(helm=helm, sources={"allow": allow, "credentials": credentials})

    return of


@pytest.fixture(scope="module")
def daemons(fetching):
    """As conftest's, for all fixtures that deploy."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def of(helm):
            daemon = fetching(helm)
            return daemon, stack.enter_context(daemon.client())

        yield of


def test_a_chart_of_a_repository_is_the_same_as_an_uploaded_one(deploy, cluster, packages, repository, namespace, client):
    outcome = deploy(namespace, chart=repository("web", "<0.2.0"))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert cluster.releases(namespace)["web"]["chart"] == "web-0.1.0"
    uploaded = client.upload_chart(str(packages / "web-0.1.0.tgz")).digest
    assert deploy(namespace, chart=chart_pb2.ChartSource(archive_digest=uploaded)).decision() == "UNCHANGED"


def test_the_command_line_takes_a_repository_as_helm_does(cli, cluster, repository_address, namespace):
    result = cli("deploy", "web", "--repo", f"http://{repository_address}", "--version", "<0.2.0", "-n", namespace)
    assert result.returncode == 0, result.stderr
    assert cluster.releases(namespace)["web"]["chart"] == "web-0.1.0"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"name": "sloop"}, "CHART_NOT_FOUND"),
        ({"name": "web", "version": "9.9.9"}, "CHART_NOT_FOUND"),
        ({"name": "web", "version": ">=5.0.0"}, "CHART_NOT_FOUND"),
        ({"name": "web", "path": "/nothing-here"}, "CHART_NOT_FOUND"),
        ({"name": "web", "path": "/page"}, "CHART_NOT_FOUND"),
        ({"name": "web", "version": "0.2.0"}, "CHART_INVALID"),
        ({"name": "web", "path": "/endless"}, "CHART_TOO_LARGE"),
    ],
    ids=["chart", "version", "range", "repository", "page", "archive", "endless"],
)
def test_what_a_repository_does_not_have(deploy, cluster, repository, namespace, source, reason):
    outcome = deploy(namespace, chart=repository(**source))
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", reason), outcome.run.failure
    assert cluster.get("namespace", namespace, namespace) is None


@pytest.mark.parametrize(
    "source",
    [
        {"repository": {"url": "http://127.0.0.1:1/charts", "name": "web"}},
        {"oci": {"reference": "oci://127.0.0.1:1/charts/web", "version": "0.1.0"}},
    ],
    ids=["repository", "oci"],
)
def test_what_cannot_be_reached_is_unavailable(deploy, daemon, namespace, source):
    failure = deploy(namespace, chart=chart_pb2.ChartSource(**source)).run.failure
    assert failure.reason == "REPOSITORY_UNAVAILABLE" and "cannot be reached" in failure.message
    assert "refused" not in failure.message and "onnect" in daemon.log_text(), failure


def test_where_an_address_may_not_be_is_for_the_operator_alone(deploy, daemon, repository_address, namespace):
    Repository.asked.clear()
    url = f"http://localhost:{repository_address.split(':')[1]}"  # whose entry names no networks, so it has to be public
    failure = deploy(namespace, chart=chart_pb2.ChartSource(repository={"url": url, "name": "web"})).run.failure
    assert failure.reason == "REPOSITORY_UNAVAILABLE" and "cannot be reached" in failure.message
    assert "127.0.0.1" not in str(failure) and "::1" not in str(failure)
    assert "which sources.allow does not let it be" in daemon.log_text()
    assert not Repository.asked


def refused(client, **source):
    """The error of a plan with that source."""
    chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=chart_pb2.ChartSource(**source))
    with pytest.raises(wheelhouse.Error) as error:
        client.create_run(plan_pb2.Plan(charts=[chart]))
    return error.value


def test_a_source_that_is_not_allowed_is_refused_with_the_plan(client, elsewhere):
    for source in (
        {"repository": {"url": f"http://{elsewhere}", "name": "web"}},
        {"oci": {"reference": f"oci://{elsewhere}/charts/web"}},
    ):
        error = refused(client, **source)
        assert error.reason == "SOURCE_NOT_ALLOWED" and elsewhere in str(error) and "sources.allow" in str(error)
        assert list(error.violations) == ["plan.charts[0].chart"]


def test_a_redirect_is_followed_only_where_the_operator_allows(deploy, repository, elsewhere, namespace):
    def moved(path, to):
        Repository.moved[f"{path}/index.yaml"] = to
        Repository.asked.clear()
        return deploy(namespace, chart=repository("web", "0.1.0", path=path)).run.failure

    failure = moved("/moved/away", f"http://{elsewhere}/index.yaml")
    assert failure.reason == "SOURCE_NOT_ALLOWED" and elsewhere in failure.message, failure
    assert Repository.asked == ["/moved/away/index.yaml"]  # the other server was not asked
    failure = moved("/moved/there", f"http://{elsewhere}/page/index.yaml")
    assert failure.reason == "CHART_NOT_FOUND" and Repository.asked[1:] == ["/page/index.yaml"], failure
    failure = moved("/moved/round", "/moved/round/index.yaml")
    assert failure.reason == "REPOSITORY_UNAVAILABLE" and "redirects too often" in failure.message, failure


def test_a_version_is_no_flag(client, repository_address):
    url = f"http://{repository_address}"
    for version in ("--devel", "latest", "-1"):
        error = refused(client, repository={"url": url, "name": "web", "version": version})
        assert error.reason == "PLAN_INVALID"
        assert list(error.violations) == ["plan.charts[0].chart.repository.version"]


def test_a_password_in_the_address_is_refused(client):
    error = refused(client, repository={"url": "https://user:hunter22@charts.example", "name": "web"})
    assert error.reason == "PLAN_INVALID" and "hunter22" not in str(error)
    assert list(error.violations) == ["plan.charts[0].chart.repository.url"]


@pytest.mark.parametrize("path", ["repository", "registry"])
def test_a_private_source_gets_its_credential(deploy, repository, registry, daemon, namespace, path):
    chart = repository("web", "0.1.0", path="/private") if path == "repository" else registry("private", "0.1.0")
    outcome = deploy(namespace, chart=chart)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert "hunter22" not in daemon.log_text() and "hunter22" not in str(outcome.events)


@pytest.mark.parametrize("version", ["0.1.0", "", "<0.1.0"])
def test_a_chart_of_a_registry_with_a_private_authority(deploy, registry, cluster, namespace, version):
    outcome = deploy(namespace, chart=registry("web", version))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert cluster.releases(namespace)["web"]["chart"] == "web-0.1.0"


@pytest.mark.parametrize(
    ("name", "version", "reason"),
    [
        ("web", "9.9.9", "CHART_NOT_FOUND"),
        ("web", ">=5.0.0", "CHART_NOT_FOUND"),
        ("sloop", "0.1.0", "CHART_NOT_FOUND"),
        ("web", "0.0.8", "CHART_INVALID"),
    ],
)
def test_what_a_registry_does_not_give(deploy, registry, namespace, name, version, reason):
    failure = deploy(namespace, chart=registry(name, version)).run.failure
    assert failure.reason == reason, failure


def test_a_registry_whose_authority_is_not_known_is_unavailable(deploy, registry_address, namespace):
    source = chart_pb2.ChartSource(oci={"reference": f"oci://{registry_address}/unknown/web", "version": "0.1.0"})
    failure = deploy(namespace, chart=source).run.failure
    assert failure.reason == "REPOSITORY_UNAVAILABLE" and "certificate" in failure.message
