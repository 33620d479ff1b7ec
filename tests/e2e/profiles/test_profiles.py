"""Profiles: what is known of a chart, put below what the caller says."""

import json
import re

import pytest

from harness.cli import run
from harness.daemon import wait_for
from harness.paths import CHARTS
from wheelhouse.v1 import chart_pb2

MINE = """name: mine
description: For the tests. The second sentence is not in the list.
charts: [web]
versions: "<2.0.0"
chart:
  yamlFilesContent:
  # A ConfigMap says so.
  - {name: values, content: "message: of the profile"}
  stages:
    postExec:
      after:
      - name: mark it
        metadata: {objects: [{kind: ConfigMap, name: web}], labels: {profile: mine}}
"""


@pytest.fixture(scope="module")
def profiled(make_daemon, tmp_path_factory):
    """A daemon with a profile of its operator's, and its client."""
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "mine.yaml").write_text(MINE)
    daemon = make_daemon(profiles={"directory": str(folder)})
    with daemon.client() as client:
        yield daemon, client


def message(cluster, namespace):
    return cluster.get("configmap", "web", namespace)["data"]["message"]


def test_its_values_are_below_the_callers_and_its_steps_run(profiled, deploy, cluster, namespace):
    outcome = deploy(namespace, client=profiled[1], profile="mine")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert message(cluster, namespace) == "of the profile"
    assert cluster.get("configmap", "web", namespace)["metadata"]["labels"]["profile"] == "mine"
    assert outcome.chart().profile == "mine" and re.fullmatch("sha256:[0-9a-f]{64}", outcome.chart().profile_digest)
    mine = deploy(namespace, client=profiled[1], profile="mine", values={"message": "of the caller"})
    assert mine.decision() == "UPGRADE" and message(cluster, namespace) == "of the caller"


def test_auto_takes_it_by_name_and_version(profiled, deploy, namespace, cluster):
    outcome = deploy(namespace, client=profiled[1], profile="auto")
    assert outcome.chart().profile == "mine"
    assert deploy(namespace, client=profiled[1], profile="mine").decision() == "UNCHANGED"
    crds = deploy(namespace, name="crds", chart="crds-web", client=profiled[1], profile="auto")
    assert (crds.state, crds.chart().profile, crds.chart().profile_digest) == ("SUCCEEDED", "", "")


def test_a_destroy_runs_none_of_its_steps_for_a_deploy(profiled, deploy, namespace):
    deploy(namespace, client=profiled[1], profile="mine")
    outcome = deploy(namespace, client=profiled[1], profile="mine", action=chart_pb2.ACTION_DESTROY)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "DESTROY"), outcome.run.failure


def test_another_edition_of_a_profile_is_an_upgrade(make_daemon, deploy, tmp_path, namespace):
    (tmp_path / "mine.yaml").write_text(MINE)
    daemon = make_daemon(profiles={"directory": str(tmp_path)})
    with daemon.client() as client:
        first = deploy(namespace, client=client, profile="mine")
        assert first.state == "SUCCEEDED", first.run.failure
    daemon.stop()
    (tmp_path / "mine.yaml").write_text(MINE.replace("of the profile", "of another edition"))
    daemon.start()
    with daemon.client() as client:
        second = deploy(namespace, client=client, profile="mine")
        assert second.decision() == "UPGRADE"
        assert second.chart().profile_digest != first.chart().profile_digest


def test_profiles_are_listed_and_shown_as_they_are_written(profiled):
    daemon, client = profiled
    listed = run(daemon, "profiles", "list").stdout.splitlines()
    assert re.match(r"NAME +VERSIONS +CHARTS +DESCRIPTION$", listed[0])
    assert any(re.fullmatch(r"mine +<2.0.0 +web +For the tests\.", line) for line in listed)
    assert any(line.startswith("cert-manager-configs ") for line in listed)
    assert run(daemon, "profiles", "show", "mine").stdout.startswith(MINE + "# sha256:")
    shown = json.loads(run(daemon, "profiles", "show", "mine", "-o", "json").stdout)
    assert shown["text"] == MINE and shown["charts"] == ["web"]
    assert [p.name for p in client.list_profiles()] == [line.split()[0] for line in listed[1:]]
    wrong = run(daemon, "profiles", "show", "min")
    assert wrong.returncode == 2 and "there is no profile min; did you mean mine?" in wrong.stderr


def test_the_command_line_takes_one_and_says_where_an_unknown_one_was_named(profiled, namespace):
    daemon, _ = profiled
    done = run(daemon, "deploy", CHARTS / "web", "-n", namespace, "--profile", "mine")
    assert done.returncode == 0 and "web 1.0.0, by the profile mine" in done.stdout, done.stderr
    wrong = run(daemon, "deploy", CHARTS / "web", "-n", namespace, "--profile", "minet")
    assert wrong.returncode == 2
    assert "--profile: there is no profile minet; did you mean mine?" in wrong.stderr
    assert run(daemon, "destroy", "web", "-n", namespace, "--profile", "mine").returncode == 0


def test_a_wrong_file_keeps_the_daemon_from_starting_and_is_named_with_its_line(make_daemon, tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\nchart:\n  namespace: demo\n")
    daemon = make_daemon(start=False, profiles={"directory": str(tmp_path)}).spawn()
    wait_for("it ends", lambda: daemon.process.poll() is not None)
    assert daemon.process.returncode == 2
    assert f"{tmp_path}/mine.yaml:3:3: " in daemon.log_text()
