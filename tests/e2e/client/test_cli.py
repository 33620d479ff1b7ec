"""The command line as a user sees it: output, exit codes, errors with file:line:column."""

import json
import os
import re
import signal
import subprocess

import pytest

from harness.daemon import wait_for
from harness.paths import BIN, CHARTS
from wheelhouse.v1 import run_pb2


@pytest.fixture
def start(daemon):
    """Starts the program and leaves it to itself; its output is read when it has ended."""
    started = []

    def go(*args):
        environment = {**os.environ, "WHEELHOUSE_SERVER": daemon.server}
        pipe = subprocess.PIPE
        process = subprocess.Popen([BIN / "wheelhouse", *map(str, args)], stdout=pipe, stderr=pipe, text=True, env=environment)
        started.append(process)
        return process

    yield go
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_deploy_prints_what_was_done_and_exits_0(cli, namespace):
    result = cli("deploy", CHARTS / "web", "-n", namespace)
    assert result.returncode == 0 and result.stderr == ""
    lines = result.stdout.splitlines()
    assert re.fullmatch(rf"run \w+ on sandbox by unix:tester: {namespace}/web", lines[0])
    for part in ("check_prerequisites/decide", "pre_exec/namespace", "exec/helm", "validate/workloads"):
        assert part in result.stdout
    assert re.search(r"on_deploy_failure +SKIPPED \(NOT_NEEDED\)", result.stdout)
    for noise in ("PENDING", "pre_exec/crds", "\x1b"):
        assert noise not in result.stdout
    assert re.fullmatch(rf"SUCCEEDED in [\d.]+m?s: {namespace}/web INSTALL revision 1", lines[-1])
    assert cli("deploy", CHARTS / "web", "-n", namespace).stdout.splitlines()[-1].endswith("/web UNCHANGED")


def test_json_is_events_and_nothing_else(cli, namespace):
    result = cli("deploy", CHARTS / "web", "-n", namespace, "-o", "json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0 and "snapshot" in events[0]
    assert not any("heartbeat" in e or "sync" in e for e in events)


def test_a_failed_run_exits_1_with_the_first_error(cli, namespace):
    result = cli("deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=never-ready", "--timeout", "2s")
    assert result.returncode == 1
    assert result.stderr.startswith(f"{namespace}/web exec/helm: NOT_READY: ")
    assert f"{namespace}/web NOT_READY in exec/helm" in result.stdout.splitlines()[-1]
    assert "of 3 ready; Deployment" in result.stdout, "what it waited for"


def test_a_deadline_exits_5(cli, namespace, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"""deadline: 2s
charts:
- name: web
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  values: [{{key: podBehaviour, value: never-ready}}]
"""
    )
    result = cli("apply", "-f", plan)
    assert result.returncode == 5 and "DEADLINE_EXCEEDED" in result.stderr


def test_ctrl_c_without_a_terminal_cancels_and_exits_4(start, client, namespace):
    process = start("deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=never-ready")
    wait_for("the run is going on", lambda: client.list_runs(filter=f'namespace = "{namespace}" AND state = "RUNNING"').runs)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 4 and "cancel requested by unix:tester" in out and "CANCELLED in " in out
    assert "cancelling run" in errors


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGTERM])
def test_who_only_watches_a_run_leaves_it_alone(start, client, namespace, signal_sent):
    start("deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=never-ready")
    running = wait_for("the run is going on", lambda: client.list_runs(filter=f'namespace = "{namespace}" AND state = "RUNNING"').runs)
    process = start("runs", "watch", running[0].id)
    assert running[0].id in process.stdout.readline()
    process.send_signal(signal_sent)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and f"the run goes on: wheelhouse runs watch {running[0].id}" in errors
    run = client.get_run(running[0].id)
    assert run_pb2.RunState.Name(run.state) == "RUN_STATE_RUNNING" and not run.cancel_requested
    client.cancel_run(run.id)


def test_the_queue_says_who_waits_for_whom(cli, start, client, namespace):
    start("deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=never-ready")
    wait_for("the run is going on", lambda: client.list_runs(filter=f'namespace = "{namespace}" AND state = "RUNNING"').runs)
    second = cli("deploy", CHARTS / "web", "--name", "second", "-n", namespace, "--detach").stdout.strip()
    rows = {line.split()[0]: line for line in cli("queue").stdout.splitlines()}
    holder = re.search(r"position 1, waits for (\w+) of unix:tester \(", rows[second])[1]
    assert "RUNNING" in rows[holder]
    assert "QUEUED" in rows[second]
    client.cancel_run(second)
    client.cancel_run(holder)
    watched = cli("runs", "watch", second)
    assert watched.returncode == 4 and "queued: position 1" in watched.stdout
    cli("runs", "watch", holder)


def test_apply_and_destroy(cli, cluster, namespace, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"""name: two
charts:
- name: web
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  timeout: 1m
- name: second
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  dependsOn: [web]
"""
    )
    result = cli("apply", "-f", plan)
    assert result.returncode == 0, result.stderr
    assert set(cluster.releases(namespace)) == {"web", "second"}
    assert cli("destroy", "web", "-n", namespace).returncode == 0
    assert set(cluster.releases(namespace)) == {"second"}


def test_an_unknown_field_names_its_place_and_the_nearest(cli, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ncharts:\n- name: web\n  namespce: demo\n")
    result = cli("apply", "-f", plan)
    assert result.returncode == 2
    assert "plan.yaml:4:3" in result.stderr and "namespace" in result.stderr


def test_no_daemon_exits_3_and_says_what_to_do(cli, tmp_path):
    for command in (["status"], ["deploy", CHARTS / "web"], ["runs", "list"]):
        result = cli("--server", f"unix://{tmp_path}/none", *command)
        assert result.returncode == 3 and result.stdout == ""
        assert f"no connection to unix://{tmp_path}/none" in result.stderr and "WHEELHOUSE_SERVER" in result.stderr


def test_usage_is_told_with_the_nearest_and_exits_2(cli, tmp_path):
    for args, told in (
        ([], "Example:"),
        (["deplyo"], "unknown command deplyo; did you mean deploy?"),
        (["runs", "lst"], "unknown command lst; did you mean list?"),
        (["deploy", CHARTS / "web", "--nmespace", "x"], "unknown flag --nmespace; did you mean --namespace?"),
        (["deploy"], "CHART is required"),
        (["deploy", tmp_path / "none"], f"there is no chart at {tmp_path}/none"),
        (["deploy", tmp_path], f"{tmp_path} is not a chart: it has no Chart.yaml"),
        (["deploy", CHARTS / "web", "-f", tmp_path / "none"], "--values: cannot read"),
        (["deploy", CHARTS / "web", "--set", "a"], "--set: pair 1 is not KEY=VALUE"),
        (["deploy", CHARTS / "web", "--timeout", "soon"], "--timeout: expected a duration"),
        (["deploy", CHARTS / "web", "-n", "A_b"], "--namespace: must be a DNS label"),
        (["-o", "xml", "status"], "text,json"),
        (["--server", "host:1", "status"], "--tls-cert and --tls-key"),
        (["--server", "host:1", "--tls-cert", "c", "status"], "--tls-cert and --tls-key"),
        (["apply", "-f", tmp_path / "none"], "cannot read"),
        (["runs", "get", "nix"], "there is no run nix"),
    ):
        result = cli(*args)
        assert result.returncode == 2 and result.stdout == "", args
        assert told in result.stderr, args


def test_every_command_and_flag_is_told_by_help(cli):
    top = cli("--help")
    assert top.returncode == 0 and "Exit codes:" in top.stdout
    for command in re.findall(r"^  ([a-z]+)  ", top.stdout.split("Subcommands:")[1].split("Example:")[0], re.M):
        text = cli(command, "--help").stdout
        assert "Example:" in text and f"wheelhouse {command}" in text
    # A flag without a text would stand alone on its line.
    for command in ([], ["deploy"], ["apply"], ["destroy"], ["runs", "list"], ["runs", "cancel"]):
        for line in cli(*command, "--help").stdout.splitlines():
            assert not re.fullmatch(r"  -[^ ]+( [A-Z]+)?", line), line


def test_flags_of_all_commands_stand_before_and_behind(cli):
    assert json.loads(cli("-o", "json", "status").stdout) and json.loads(cli("status", "-o", "json").stdout)
    assert json.loads(cli("runs", "list", "-o", "json").stdout) is not None


def test_set_splits_as_helm_does(cli, cluster, namespace):
    result = cli(
        "deploy", CHARTS / "web", "-n", namespace, "--set", r"image=a\,b,replicas=2,ports={80,81}",
        "--set-string", "message=007,podBehaviour=",
    )
    assert result.returncode == 0, result.stderr
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "007"
    assert [p["port"] for p in cluster.get("service", "web", namespace)["spec"]["ports"]] == [80, 81]
    spec = cluster.get("deployment", "web", namespace)["spec"]
    assert spec["replicas"] == 2
    assert spec["template"]["spec"]["containers"][0]["image"] == "a,b"


def test_wait_false_does_not_wait(cli, namespace):
    result = cli("deploy", CHARTS / "web", "-n", namespace, "--wait=false", "--set", "podBehaviour=never-ready")
    assert result.returncode == 0, result.stderr


def test_detach_prints_the_run_and_a_request_id_finds_it_again(cli, client, namespace):
    arguments = ["deploy", CHARTS / "web", "-n", namespace, "--detach", "--request-id", namespace]
    first = cli(*arguments)
    assert first.returncode == 0 and re.fullmatch(r"\w+\n", first.stdout)
    assert json.loads(cli(*arguments, "-o", "json").stdout)["id"] == first.stdout.strip()
    assert cli(*arguments, "--name", "other").returncode == 2
    watched = cli("runs", "watch", first.stdout.strip())
    assert watched.returncode == 0 and f"{namespace}/web INSTALL revision 1" in watched.stdout


def test_runs_are_listed_and_told(cli, namespace):
    run_id = cli("deploy", CHARTS / "web", "-n", namespace, "--detach").stdout.strip()
    cli("runs", "watch", run_id)
    listed = cli("runs", "list", "--filter", f'namespace = "{namespace}"').stdout.splitlines()
    assert listed[0].split() == ["ID", "STATE", "CLUSTER", "CALLER", "CREATED", "TOOK", "PLAN", "CHARTS"]
    assert len(listed) == 2 and listed[1].startswith(f"{run_id}  SUCCEEDED  sandbox  unix:tester  ")
    cli("deploy", CHARTS / "web", "-n", namespace)  # whatever ran before: there is a second page
    page = cli("runs", "list", "--page-size", 1)
    assert len(page.stdout.splitlines()) == 2
    token = re.search(r"--page-token (\S+)", page.stderr)[1]
    assert cli("runs", "list", "--page-size", 1, "--page-token", token).stdout != page.stdout
    told = cli("runs", "get", run_id).stdout
    assert re.search(rf"^{namespace}/web +SUCCEEDED +[\d.]+m?s +INSTALL revision 1: there is no release$", told, re.M)
    assert re.search(r"^    helm +SUCCEEDED ", told, re.M)


def test_the_daemons_words_about_a_plan_are_told_at_their_line(cli, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"charts:\n- name: web\n  namespace: demo\n  chart: {{path: {CHARTS / 'web'}}}\n  dependsOn: [nobody]\n"
    )
    result = cli("apply", "-f", plan)
    assert result.returncode == 2 and "plan.yaml:5:15: charts[0].dependsOn[0]: " in result.stderr


def test_a_plan_may_come_from_standard_input(cli, namespace):
    plan = f"charts: [{{name: web, namespace: {namespace}, action: DESTROY}}]"
    result = cli("apply", "-f", "-", input=plan)
    assert result.returncode == 0 and f"{namespace}/web ABSENT" in result.stdout


def test_the_stream_goes_on_after_the_daemon_was_killed(make_daemon, namespace):
    daemon = make_daemon()
    environment = {**os.environ, "WHEELHOUSE_SERVER": daemon.server}
    process = subprocess.Popen(
        [BIN / "wheelhouse", "deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=slow", "-o", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )
    for line in process.stdout:
        if '"step":"helm"' in line:
            break
    daemon.kill()
    daemon.start()
    rest, errors = process.communicate(timeout=90)
    assert errors.count("the stream is lost") == 1, errors
    sequences = [int(e["sequence"]) for e in map(json.loads, rest.splitlines()) if "sequence" in e]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert not any("snapshot" in json.loads(line) for line in rest.splitlines())


def files_chart(folder):
    """A chart that renders the names of its files, and a .helmignore with helm's own ideas in it."""
    for name, content in {
        "Chart.yaml": "apiVersion: v2\nname: files\nversion: 1.0.0\n",
        "templates/list.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: files}
data:
  {{- range $path, $_ := .Files.Glob "**" }}
  {{ $path | replace "/" "__" }}: "x"
  {{- end }}
""",
        "templates/.hidden.yaml": "not: [yaml",
        "templates/skipped.yaml": "not: [yaml",
        ".helmignore": "\ufeff*.md\n  # a comment\n/top.txt\nci/\ndeep/*/b.txt\n[^a-z]*.bin\n?.log\ntemplates/sk*\n\\*star\n",
        **{path: "x" for path in (
            "README.md", "docs/a.md", "top.txt", "sub/top.txt", "ci/values.yaml", "sub/ci/x.txt", "sub/ci.txt",
            "deep/x/b.txt", "deep/x/y/b.txt", "deep/b.txt", "9.bin", "a.bin", "A.bin", "1.log", "12.log", "star",
            "*star", ".dotfile", "sub/.dot/x.txt")},
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "link.txt").symlink_to("sub/ci.txt")
    (folder / "linked").symlink_to("deep")


@pytest.mark.parametrize("rules", ["", "!*.yaml\n", "!templates/\n"])
def test_a_folder_is_packed_as_helm_packs_it(cli, cluster, namespace, tmp_path, rules):
    chart = tmp_path / "files"
    files_chart(chart)
    if rules:
        (chart / ".helmignore").write_text(rules)
        (chart / "templates/.hidden.yaml").unlink()
        (chart / "templates/skipped.yaml").unlink()
    rendered = cluster.run("helm", "template", "files", str(chart), check=False)
    result = cli("deploy", chart, "-n", namespace)
    if rendered.returncode != 0:  # rules that leave out Chart.yaml or its templates
        assert result.returncode != 0
        return
    assert result.returncode == 0, result.stderr
    names = set(re.findall(r"^  (\S+): \"x\"", rendered.stdout, re.M))
    made = cluster.get("configmap", "files", namespace)
    assert set(made["data"] if made else []) == names


def test_status_and_version(cli):
    status = cli("status")
    assert status.returncode == 0 and "v4.3.1" in status.stdout
    assert re.search(r"^sandbox \(default\) +yes +v", status.stdout, re.M)
    assert re.fullmatch(r"wheelhouse \S+\nwheelhoused \d\S+\n", cli("version").stdout)
    away = cli("--server", "unix:///nowhere", "version")
    assert away.returncode == 0 and "is not reachable" in away.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(cli, shell):
    assert "deploy" in cli("completion", shell).stdout


def test_completion_in_bash(cli, daemon, namespace):
    run_id = cli("deploy", CHARTS / "web", "-n", namespace, "--detach").stdout.strip()
    script = """source <(wheelhouse completion bash)
        COMP_WORDS=(wheelhouse "$@"); COMP_CWORD=$#; _wheelhouse; echo "${COMPREPLY[*]}" """
    environment = {**os.environ, "WHEELHOUSE_SERVER": daemon.server, "PATH": f"{BIN}:{os.environ['PATH']}"}
    for words, completed in (
        (["de"], "deploy destroy"),
        (["runs", ""], "list get watch cancel retry"),
        (["--cluster", "runs", "de"], "deploy destroy"),
        (["deploy", "--set"], "--set-json --set --set-string --set-file"),
        (["runs", "list", "--f"], "--filter"),
        (["-o", ""], "text json yaml"),
        (["runs", "watch", run_id[:-2]], run_id),
        (["runs", "retry", run_id[:-2]], run_id),
    ):
        done = subprocess.run(["bash", "-c", script, "x", *words], capture_output=True, text=True, env=environment)
        assert done.stdout.strip() == completed, (words, done.stderr)
    cli("runs", "watch", run_id)
