"""The live view: what stands on the screen, not when."""

import os
import re

import pytest

from harness.daemon import wait_for
from harness.paths import BIN, CHARTS
from harness.terminal import Terminal


@pytest.fixture
def on_terminal(daemon):
    started = []

    def run(*args, columns=160, rows=24, **environment):
        variables = {**os.environ, "WHEELHOUSE_SERVER": daemon.server, "TERM": "xterm-256color", **environment}
        terminal = Terminal([BIN / "wheelhouse", *args], variables, columns, rows)
        started.append(terminal)
        return terminal

    yield run
    for terminal in started:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.end()


def deploy(namespace, *flags):
    return ["deploy", CHARTS / "web", "-n", namespace, *flags]


def run_id(terminal):
    return wait_for("the run's id is on the screen", lambda: re.search(r"^run (\w+) on", terminal.text))[1]


def test_a_deploy_leaves_its_chart_and_its_summary(on_terminal, namespace):
    terminal = on_terminal(*deploy(namespace, "--set", "podBehaviour=slow"))
    wait_for(
        "the chart's line says what it waits for",
        lambda: re.search(rf"^{namespace}/web +exec/helm +\d+s +.*of 3 ready; Deployment", terminal.text, re.M),
    )
    assert terminal.end() == 0
    lines = terminal.text.splitlines()
    assert len(lines) == 4, terminal.text
    assert re.fullmatch(rf"run \w+ on sandbox by unix:tester: {namespace}/web", lines[0])
    assert re.fullmatch(rf"{namespace}/web +SUCCEEDED +[\d.]+s +INSTALL revision 1", lines[1])
    assert re.match(r"  check_prerequisites [\d.]+m?s, pre_exec .*on_deploy_failure NOT_NEEDED", lines[2])
    assert re.fullmatch(rf"SUCCEEDED in [\d.]+s: {namespace}/web INSTALL revision 1", lines[3])
    assert b"\x1b[32mSUCCEEDED\x1b[0m" in terminal.bytes


def test_a_plan_shows_who_waits_for_whom_and_every_failure_in_full(on_terminal, namespace, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"""charts:
- name: broken
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  earlyFailure: {{imagePull: 2s}}
  values: [{{key: podBehaviour, value: image-pull-error}}]
- name: fine
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
- name: after
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  dependsOn: [broken, fine]
"""
    )
    terminal = on_terminal("apply", "-f", plan)
    wait_for("the dependent waits", lambda: re.search(r"/after +waits for +.*/broken", terminal.text))
    assert terminal.end() == 1
    assert re.search(r"/broken +FAILED .* POD_FAILING in exec/helm", terminal.text)
    assert re.search(r"/fine +SUCCEEDED .* INSTALL revision 1", terminal.text)
    assert re.search(r"/after +SKIPPED +DEPENDENCY_FAILED", terminal.text)
    assert "waits for" not in terminal.text, "the live lines are gone"
    assert re.search(r"FAILED in [\d.]+s: .*POD_FAILING in exec/helm", terminal.text.replace("\n", ""))
    assert "hint: see why the pod fails" in terminal.text and "ImagePullBackOff" in terminal.text


def test_no_color_and_dumb_terminals_are_respected(on_terminal, namespace):
    assert on_terminal(*deploy(namespace), NO_COLOR="1").end() == 0
    colourless = on_terminal(*deploy(namespace), NO_COLOR="1")
    assert colourless.end() == 0 and not re.search(rb"\x1b\[[0-9;]*m", colourless.bytes)
    dumb = on_terminal(*deploy(namespace), TERM="dumb")
    assert dumb.end() == 0 and b"\x1b" not in dumb.bytes
    assert "check_prerequisites/decide" in dumb.text, "plain lines"


def test_ctrl_c_asks_and_detaches(on_terminal, client, namespace):
    terminal = on_terminal(*deploy(namespace, "--set", "podBehaviour=never-ready"))
    run = run_id(terminal)
    for key, gone in (("x", True), ("d", False)):
        terminal.type("\x03")
        wait_for("the question", lambda: "Cancel the run (c), detach from it (d)" in terminal.text)
        terminal.type(key)
        if gone:
            wait_for("any other key goes on", lambda: "Cancel the run" not in terminal.text)
    assert terminal.end() == 0
    assert f"detached; the run goes on: wheelhouse runs watch {run}" in terminal.text
    assert "Cancel the run" not in terminal.text
    assert client.get_run(run).state == 2, "it is running"
    client.cancel_run(run)


def test_ctrl_c_cancels_and_the_failure_stage_is_watched(on_terminal, namespace):
    terminal = on_terminal(*deploy(namespace, "--set", "podBehaviour=never-ready"))
    wait_for("helm is running", lambda: "exec/helm" in terminal.text)
    terminal.type("\x03")
    wait_for("the question", lambda: "Cancel the run" in terminal.text)
    terminal.type("c")
    assert terminal.end() == 4
    assert re.search(r"^CANCELLED in ", terminal.text, re.M)


def test_a_second_ctrl_c_leaves_and_the_terminal_is_as_before(on_terminal, client, namespace):
    terminal = on_terminal(*deploy(namespace, "--set", "podBehaviour=never-ready"))
    run = run_id(terminal)
    terminal.type("\x03")
    wait_for("the question", lambda: "Cancel the run" in terminal.text)
    terminal.type("\x03")
    assert terminal.end() == 4
    assert client.get_run(run).state == 2, "the run goes on"
    client.cancel_run(run)


def test_a_queued_run_says_its_place_and_for_whom_it_waits(on_terminal, client, namespace):
    first = on_terminal(*deploy(namespace, "--set", "podBehaviour=never-ready"))
    holder = run_id(first)
    second = on_terminal(*deploy(namespace, "--name", "second"))
    wait_for(
        "the second run says for whom it waits",
        lambda: re.search(rf"^queued +\d+s +position 1, waits for {holder} of unix:tester \(", second.text, re.M),
    )
    client.cancel_run(holder)
    assert second.end() == 0 and first.end() == 4
    assert not re.search("^queued", second.text, re.M)
