"""Saved plans on the command line."""

import json
import os
import re

import pytest

from harness.daemon import wait_for
from harness.paths import BIN, CHARTS
from harness.terminal import Terminal


@pytest.fixture
def plan_file(tmp_path, namespace):
    file = tmp_path / "plan.yaml"
    file.write_text(
        f"""name: shop
charts:
- name: web
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  valuesString: [{{key: message, value: s3cr3t-on-the-command-line}}]
"""
    )
    return file


def test_a_plan_is_saved_shown_applied_and_discarded(cli, cluster, plan_file, namespace):
    saved = cli("plan", "-f", plan_file, "--save", "--exit-code")
    assert saved.returncode == 6, saved.stderr
    plan_id = re.search(r"^plan (\w+) of unix:tester for sandbox$", saved.stdout, re.M)[1]
    sha256 = re.search(r"^sha256 ([0-9a-f]{64})$", saved.stdout, re.M)[1]
    assert f"apply exactly this: wheelhouse apply --plan {plan_id}" in saved.stdout
    shown = cli("plans", "show", plan_id)
    assert shown.returncode == 0 and sha256 in shown.stdout and f"+ Deployment {namespace}/web" in shown.stdout
    listed = cli("plans", "list")
    assert re.search(rf"^{plan_id} +shop +sandbox +unix:tester .* not needed +-$", listed.stdout, re.M), listed.stdout

    refused = cli("apply", "--plan", plan_id, "--hash", "0" * 64)
    assert refused.returncode == 2 and "PLAN_UNKNOWN" in refused.stderr
    own = cli("apply", "--plan", plan_id, "--approve")
    assert own.returncode == 3 and "another caller has to approve it" in own.stderr
    applied = cli("apply", "--plan", plan_id, "--hash", sha256)
    assert applied.returncode == 0, applied.stderr
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "s3cr3t-on-the-command-line"
    run = json.loads(cli("runs", "list", "-o", "json", "--page-size", "1").stdout)["runs"][0]
    assert f"applies plan {plan_id} of unix:tester" in cli("runs", "get", run["id"]).stdout
    for result in (saved, shown, listed, applied):
        assert "s3cr3t" not in result.stdout + result.stderr

    assert cli("plans", "discard", plan_id).stdout == f"plan {plan_id} is discarded\n"
    gone = cli("apply", "--plan", plan_id)
    assert gone.returncode == 2 and "PLAN_UNKNOWN" in gone.stderr


def test_what_is_saved_is_one_message_as_json(cli, plan_file, namespace):
    saved = cli("plan", "-f", plan_file, "--save", "--require-approval", "-o", "json")
    assert saved.returncode == 0, saved.stderr
    plan = json.loads(saved.stdout)["plan"]
    assert plan["approvalRequired"] and plan["preview"]["charts"][0]["decision"] == "DECISION_INSTALL"
    refused = cli("apply", "--plan", plan["id"])
    assert refused.returncode == 3 and "APPROVAL_MISSING" in refused.stderr
    assert f"plans approve {plan['id']}" in cli("plans", "show", plan["id"]).stdout


def test_apply_wants_one_plan(cli, plan_file):
    none = cli("apply")
    assert none.returncode == 2 and "--plan ID" in none.stderr
    both = cli("apply", "-f", plan_file, "--plan", "x")
    assert both.returncode == 2
    assert cli("plan", "-f", plan_file, "--require-approval").returncode == 2


def test_a_preview_that_is_too_long_for_the_terminal_is_paged(daemon, plan_file, tmp_path, namespace):
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ncat > {tmp_path}/paged\necho the pager was here\n")
    pager.chmod(0o755)
    variables = {**os.environ, "WHEELHOUSE_SERVER": daemon.server, "TERM": "xterm-256color", "PAGER": str(pager)}

    def preview(rows):
        terminal = Terminal([BIN / "wheelhouse", "plan", "-f", plan_file], variables, 160, rows)
        wait_for("the preview ends", lambda: terminal.process.poll() is not None)
        assert terminal.end() == 0
        return terminal.text

    assert preview(5) == "the pager was here"
    assert f"+ Deployment {namespace}/web" in (tmp_path / "paged").read_text().replace("\x1b[32m", "")
    assert f"+ Deployment {namespace}/web" in preview(1000)
    variables["PAGER"] = str(tmp_path / "absent")
    assert f"+ Deployment {namespace}/web" in preview(5)
