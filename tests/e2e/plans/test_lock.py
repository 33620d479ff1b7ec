"""Lock files: what a range meant when it was locked is what is deployed, or nothing is."""

import hashlib

import pytest
import yaml

import wheelhouse
from harness.chart_servers import Publisher, address, daemons, root  # noqa: F401: fixtures


@pytest.fixture
def publisher(cluster, root, address, namespace):
    """A repository of the test's own with web 1.2.0."""
    folder = root / namespace / "charts"
    folder.mkdir(parents=True)
    publisher = Publisher(cluster, folder)
    publisher.url = f"http://{address}/{namespace}/charts"
    publisher.publish("1.2.0")
    return publisher


@pytest.fixture
def plan(tmp_path, namespace, publisher):
    file = tmp_path / "plan.yaml"
    file.write_text(
        f"defaults: {{namespace: {namespace}, chart: {{repository: {publisher.url}, name: web}}}}\n"
        "charts:\n"
        "- name: web\n"
        "  chart: {version: ~1.2}\n"
    )
    return file


def versions(cluster, namespace):
    return {name: release["chart"] for name, release in cluster.releases(namespace).items()}


def entries(plan):
    return yaml.safe_load((plan.parent / "plan.yaml.lock").read_text())["charts"]


def test_what_was_locked_is_deployed_whatever_is_published_later(cli, client, cluster, namespace, publisher, plan):
    locked = cli("plan", "lock", "-f", plan)
    assert locked.returncode == 0, locked.stderr
    assert f"{namespace}/web: web ~1.2 of {publisher.url} is 1.2.0\n" in locked.stdout
    digest = client.upload_chart(str(publisher.folder / "web-1.2.0.tgz")).digest
    entry = {"release": f"{namespace}/web", "repository": publisher.url, "chart": "web", "wanted": "~1.2"}
    assert entries(plan) == [{**entry, "version": "1.2.0", "digest": digest}]
    publisher.publish("1.2.7")
    applied = cli("apply", "-f", plan, "--locked")
    assert applied.returncode == 0, applied.stderr
    assert versions(cluster, namespace) == {"web": "web-1.2.0"}
    again = cli("plan", "lock", "-f", plan)
    assert again.returncode == 0 and "plan.yaml.lock is up to date" in again.stdout
    updated = cli("plan", "lock", "-f", plan, "--update", f"{namespace}/web")
    assert "is 1.2.7, was 1.2.0\n" in updated.stdout, updated.stderr
    assert cli("apply", "-f", plan).returncode == 0
    assert versions(cluster, namespace) == {"web": "web-1.2.7"}
    assert cli("plan", "lock", "-f", plan, "--update", "wbe").returncode == 2


def test_another_content_under_the_locked_version_is_refused(cli, cluster, namespace, publisher, plan):
    assert cli("plan", "lock", "-f", plan).returncode == 0
    before = entries(plan)[0]["digest"]
    publisher.publish("1.2.0", message="somebody was here")
    refused = cli("apply", "-f", plan)
    assert refused.returncode == 1 and "CHART_CHANGED" in refused.stdout + refused.stderr
    assert cluster.releases(namespace) == {}
    assert cli("plan", "lock", "-f", plan, "--update-all").returncode == 0
    after = entries(plan)[0]["digest"]
    assert after != before and f"its digest is {after}, not {before}" in refused.stdout + refused.stderr
    assert f"wheelhouse plan lock -f FILE --update web" in refused.stdout + refused.stderr
    assert cli("apply", "-f", plan).returncode == 0


def test_a_lock_file_that_is_for_another_range_is_an_error_at_the_line(cli, cluster, namespace, publisher, plan):
    assert cli("plan", "lock", "-f", plan).returncode == 0
    plan.write_text(plan.read_text().replace("~1.2", "'>=1.2 <2'"))
    for command in (["apply"], ["plan"], ["plan", "lint"]):
        stale = cli(*command, "-f", plan)
        assert stale.returncode == 2, stale.stdout
        assert f"{plan}:3:" in stale.stderr and f"run wheelhouse plan lock -f {plan}" in stale.stderr
    assert cluster.releases(namespace) == {}
    assert cli("plan", "lock", "-f", plan).returncode == 0
    assert cli("plan", "lint", "-f", plan).returncode == 0
    assert [entry["wanted"] for entry in entries(plan)] == [">=1.2 <2"]


def test_a_chart_without_an_entry_is_resolved_anew_or_refused(cli, cluster, namespace, publisher, plan):
    unlocked = cli("plan", "lint", "-f", plan, "--locked")
    assert unlocked.returncode == 2 and f"{plan}:3:" in unlocked.stderr and "wheelhouse plan lock" in unlocked.stderr
    assert cli("plan", "lock", "-f", plan).returncode == 0
    plan.write_text(plan.read_text() + "- name: other\n  chart: {version: ^1}\n")
    publisher.publish("1.9.0")
    refused = cli("apply", "-f", plan, "--locked")
    assert refused.returncode == 2 and f"{plan}.lock does not have {namespace}/other" in refused.stderr
    applied = cli("apply", "-f", plan)
    assert applied.returncode == 0, applied.stderr
    assert versions(cluster, namespace) == {"web": "web-1.2.0", "other": "web-1.9.0"}


def test_every_environment_is_locked(cli, namespace, publisher, plan):
    publisher.publish("2.0.0")
    plan.write_text(plan.read_text() + "environments:\n  prod: {}\n  next: {chart: {version: ^2}}\n")
    assert cli("plan", "lock", "-f", plan).returncode == 0
    assert [(entry["wanted"], entry["version"]) for entry in entries(plan)] == [("^2", "2.0.0"), ("~1.2", "1.2.0")]
    publisher.publish("1.2.9")
    publisher.publish("2.0.9")
    assert cli("plan", "lock", "-f", plan, "-e", "next", "--update", "web").returncode == 0
    assert [entry["version"] for entry in entries(plan)] == ["2.0.9", "1.2.0"]
    for environment in ("prod", "next"):
        assert cli("plan", "lint", "-f", plan, "-e", environment, "--locked").returncode == 0


def test_what_cannot_be_locked_is_named_at_its_line_and_nothing_is_written(cli, publisher, plan):
    plan.write_text(plan.read_text() + "- name: other\n  chart: {name: sloop}\n")
    wrong = cli("plan", "lock", "-f", plan)
    assert wrong.returncode != 0 and f"{plan}:5:" in wrong.stderr and "does not have the chart sloop" in wrong.stderr
    assert not (plan.parent / "plan.yaml.lock").exists()


def test_api_callers_resolve_and_pin(client, deploy, namespace, publisher):
    found = client.resolve_chart(publisher.source("^1"))
    archive = (publisher.folder / "web-1.2.0.tgz").read_bytes()
    assert (found.name, found.version, found.source.repository.version) == ("web", "1.2.0", "1.2.0")
    assert found.archive_sha256 == "sha256:" + hashlib.sha256(archive).hexdigest()
    assert found.digest == found.source.repository.digest
    publisher.publish("1.3.0")
    assert deploy(namespace, chart=found.source).state == "SUCCEEDED"
    wrong = publisher.source("1.2.0", digest="sha256:" + "0" * 64)
    failure = deploy(namespace, chart=wrong).run.failure
    assert failure.reason == "CHART_CHANGED" and found.digest in failure.message and "0" * 64 in failure.message
    with pytest.raises(wheelhouse.Error) as error:
        client.resolve_chart(publisher.source("^9"))
    assert error.value.reason == "CHART_NOT_FOUND"
