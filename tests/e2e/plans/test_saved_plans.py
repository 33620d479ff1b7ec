"""Saved plans: what was shown is applied, byte by byte, or nothing is; and who may do what with them."""

import base64
import functools
import gzip
import http.server
import json
import re
import threading

import pytest

import wheelhouse
from harness.crds import Kind, apply
from harness.daemon import wait_for
from harness.helm import both_majors, newest
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2, run_pb2

RANDOM = """
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData:
  password: {{ randAlphaNum 24 | quote }}
  message: {{ .Values.message | quote }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: r{{ .Release.Revision }}}
data: {id: {{ uuidv4 | quote }}}
"""
HOOK = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
data: {id: {{ uuidv4 | quote }}}
"""
VALUES = "message: a\n"


def plan_of(namespace, chart, name="web", **fields):
    info = chart_pb2.ChartInfo(name=name, namespace=namespace, chart=chart, **fields)
    return plan_pb2.Plan(name="saved", charts=[info])


def save(client, plan, **request):
    """Saves the plan; gives its id."""
    run = client.save_plan(plan, **request)
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    return run.id


def apply_plan(client, plan_id, **ref):
    return Outcome(client, client.deploy(saved_plan=deployer_service_pb2.SavedPlanRef(plan_id=plan_id, **ref)))


def objects_shown(client, plan_id):
    return {change.object for change in client.get_plan(plan_id).preview.charts[0].changes}


def password(cluster, namespace):
    return base64.b64decode(cluster.get("secret", "web", namespace)["data"]["password"]).decode()


def reason_of(call, *args, **kwargs):
    with pytest.raises(wheelhouse.Error) as error:
        call(*args, **kwargs)
    return error.value.reason


def recorded(cluster, namespace, revision):
    """helm's record of the release."""
    secret = cluster.get("secret", f"sh.helm.release.v1.web.v{revision}", namespace)
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    return json.loads(gzip.decompress(packed))


@pytest.fixture
def chart_folder(tmp_path):
    folder = tmp_path / "made"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: made, version: 1.0.0}")
    (folder / "values.yaml").write_text(VALUES)
    (folder / "templates" / "all.yaml").write_text(RANDOM)
    return folder


def uploaded(client, folder):
    return chart_pb2.ChartSource(archive_digest=client.upload_chart(str(folder)).digest)


@both_majors
def test_what_was_shown_is_applied_though_the_chart_is_random(client, deploy, new_chart, cluster, namespace):
    chart = new_chart(RANDOM, VALUES)
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    first = password(cluster, namespace)
    plan_id = save(client, plan_of(namespace, chart, values=[{"key": "message", "value": "b"}]))
    # The upgrade itself was rehearsed: it makes revision 2.
    assert objects_shown(client, plan_id) == {
        f"Secret {namespace}/web", f"ConfigMap {namespace}/r2", f"ConfigMap {namespace}/r1"
    }  # fmt: skip
    assert password(cluster, namespace) == first and newest(cluster, namespace) == (1, "deployed")
    outcome = apply_plan(client, plan_id)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert (outcome.run.applies.plan_id, outcome.run.applies.caller) == (plan_id, "unix:tester")
    assert newest(cluster, namespace) == (2, "deployed")
    second = password(cluster, namespace)
    assert second != first
    # helm's record holds what was applied.
    manifest = recorded(cluster, namespace, 2)["manifest"]
    assert second in manifest and cluster.get("configmap", "r2", namespace)["data"]["id"] in manifest
    # What is done is done: the same plan again, and the same inputs from a file.
    again = apply_plan(client, plan_id)
    assert (again.state, again.decision()) == ("SUCCEEDED", "UNCHANGED"), again.run.failure
    assert deploy(namespace, chart=chart, values={"message": "b"}).decision() == "UNCHANGED"
    assert client.get_plan(plan_id).last_run_id == again.run.id
    # The label of the plan does not stay on what others deploy.
    assert deploy(namespace, chart=chart, values={"message": "c"}).state == "SUCCEEDED"
    labels = cluster.get("secret", "sh.helm.release.v1.web.v3", namespace)["metadata"]["labels"]
    assert "wheelhouse-saved-plan" not in labels


def test_inputs_that_render_the_same_are_saved_and_applied_as_unchanged(client, deploy, new_chart, cluster, namespace):
    chart = new_chart("{apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {message: {{ .Values.message }}}}", VALUES)
    asked = {"reapply": chart_pb2.REAPPLY_IF_RENDERED_CHANGED}
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    plan_id = save(client, plan_of(namespace, chart, values=[{"key": "unused", "value": "b"}], **asked))
    other_id = save(client, plan_of(namespace, chart, values=[{"key": "message", "value": "b"}], **asked))
    outcome = apply_plan(client, plan_id)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UNCHANGED"), outcome.run.failure
    assert outcome.chart().unchanged_by == run_pb2.UNCHANGED_TIER_RENDERED
    outcome = apply_plan(client, other_id)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    stale = apply_plan(client, plan_id)
    assert stale.run.failure.reason == "PLAN_STALE", stale.run.failure


@both_majors
def test_two_plans_of_random_bytes_apply_their_own(client, new_chart, cluster, namespace):
    chart = new_chart(RANDOM, VALUES)
    one, other = (save(client, plan_of(namespace, chart)) for _ in range(2))
    hashes = [client.get_plan(plan_id).sha256 for plan_id in (one, other)]
    assert len(set(hashes)) == 2 and all(re.fullmatch("[0-9a-f]{64}", text) for text in hashes)
    assert apply_plan(client, one, sha256=hashes[0]).state == "SUCCEEDED"
    deployed = password(cluster, namespace)
    stale = apply_plan(client, other)
    assert stale.run.failure.reason == "PLAN_STALE", stale.run.failure
    assert "is at revision 1 (deployed), and was not installed" in stale.run.failure.message
    assert password(cluster, namespace) == deployed and newest(cluster, namespace) == (1, "deployed")
    assert reason_of(apply_plan, client, other, sha256=hashes[0]) == "PLAN_UNKNOWN"


def test_hooks_are_those_that_were_shown(client, new_chart, cluster, namespace):
    plan_id = save(client, plan_of(namespace, new_chart(RANDOM + HOOK, VALUES)))
    assert f"ConfigMap {namespace}/hook" in objects_shown(client, plan_id)
    outcome = apply_plan(client, plan_id)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    release = recorded(cluster, namespace, 1)
    (hook,) = release["hooks"]
    assert cluster.get("configmap", "hook", namespace)["data"]["id"] in hook["manifest"]
    # It ran as a hook, and is no object of the release.
    assert "name: hook" not in release["manifest"]


@pytest.mark.parametrize("helm", ["helm3"], indirect=True)
def test_helm_3_cannot_hold_to_hooks(client, new_chart, namespace):
    chart = new_chart(RANDOM + HOOK, VALUES)
    run = client.save_plan(plan_of(namespace, chart))
    refused = Outcome(client, client.watch(run.id))
    assert refused.run.failure.reason == "HELM_UNSUPPORTED", refused.run.failure
    assert "ConfigMap hook" in refused.run.failure.message and "noHooks" in refused.run.failure.message
    assert reason_of(client.get_plan, run.id) == "PLAN_UNKNOWN"
    plan_id = save(client, plan_of(namespace, chart, no_hooks=True))
    assert apply_plan(client, plan_id).state == "SUCCEEDED"


@both_majors
def test_a_new_revision_makes_it_stale(client, deploy, new_chart, cluster, namespace):
    chart = new_chart(RANDOM, VALUES)
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    plan_id = save(client, plan_of(namespace, chart, values=[{"key": "message", "value": "b"}]))
    assert deploy(namespace, chart=chart, values={"message": "c"}).state == "SUCCEEDED"
    stale = apply_plan(client, plan_id)
    assert stale.run.failure.reason == "PLAN_STALE", stale.run.failure
    assert "is at revision 2 (deployed), and was at revision 1 (deployed)" in stale.run.failure.message
    assert newest(cluster, namespace) == (2, "deployed")


def test_changed_values_in_the_cluster_make_it_stale(client, new_chart, cluster, namespace):
    cluster.kubectl("create", "namespace", namespace)

    def put(text):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"values.yaml": text}}
        cluster.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(secret))

    put("message: from-secret-a\n")
    values_from = [{"secret": {"name": "db"}}]
    plan = plan_of(namespace, new_chart(RANDOM, VALUES), values_from=values_from)
    plan_id = save(client, plan)
    put("# looks different\nmessage:   from-secret-a\n")
    assert apply_plan(client, plan_id).state == "SUCCEEDED"
    plan.charts[0].values.add(key="other", value="1")
    plan_id = save(client, plan)
    put("message: from-secret-b\n")
    stale = apply_plan(client, plan_id)
    assert stale.run.failure.reason == "PLAN_STALE", stale.run.failure
    assert f"the values in Secret {namespace}/db key values.yaml have changed" in stale.run.failure.message
    assert "from-secret" not in str(stale.run) + str(client.get_plan(plan_id))


def test_a_crd_that_others_have_made_makes_it_stale(client, new_chart, cluster, namespace):
    kind = Kind("Buoy", namespace)
    plan = plan_of(namespace, new_chart(RANDOM, VALUES, crds=kind.manifest()))
    plan_id = save(client, plan)
    changes = client.get_plan(plan_id).preview.charts[0].crd_changes
    assert [(change.name, change.action) for change in changes] == [(kind.crd, run_pb2.OBJECT_ACTION_CREATE)]
    apply(cluster, "default", kind.manifest(versions=("v1", "v2")))
    stale = apply_plan(client, plan_id)
    assert stale.run.failure.reason == "PLAN_STALE", stale.run.failure
    assert f"CustomResourceDefinition {kind.crd} exists, and did not" in stale.run.failure.message
    # As another chart of the plan would have made it.
    apply(cluster, "default", kind.manifest())
    assert apply_plan(client, plan_id).state == "SUCCEEDED"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def repository(tmp_path):
    """A folder and the address that serves it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_chart_under_the_same_version_makes_it_stale(make_daemon, repository, chart_folder, cluster, namespace):
    folder, url = repository
    daemon = make_daemon(sources={"allow": [{"url": url, "networks": ["127.0.0.0/8"]}]})

    def publish():
        cluster.run("helm", "package", chart_folder, "-d", folder)
        cluster.run("helm", "repo", "index", folder)

    publish()
    with daemon.client() as client:
        source = chart_pb2.ChartSource(repository={"url": url, "name": "made", "version": "1.0.0"})
        plan_id = save(client, plan_of(namespace, source))
        (chart_folder / "templates" / "more.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}")
        publish()
        stale = apply_plan(client, plan_id)
    assert stale.run.failure.reason == "PLAN_STALE", stale.run.failure
    assert re.search("the chart is sha256:[0-9a-f]+, and was sha256:[0-9a-f]+", stale.run.failure.message)
    assert newest(cluster, namespace) is None


def test_another_decision_is_not_what_was_shown(client, deploy, new_chart, cluster, namespace):
    chart = new_chart(RANDOM, VALUES)
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    plan_id = save(client, plan_of(namespace, chart))
    assert client.get_plan(plan_id).preview.charts[0].decision == run_pb2.DECISION_UNCHANGED
    cluster.kubectl("delete", "configmap", "r1", "-n", namespace)
    stale = apply_plan(client, plan_id)
    assert stale.run.failure.reason == "PLAN_STALE", stale.run.failure
    assert "the decision is UPGRADE" in stale.run.failure.message and "r1" in stale.run.failure.message


def test_secrets_are_in_no_list_and_sealed_on_the_disk(client, daemon, new_chart, cluster, namespace):
    chart = new_chart(RANDOM, VALUES)
    secret = "s3cr3t-in-a-saved-plan"
    plan_id = save(client, plan_of(namespace, chart, values=[{"key": "message", "value": secret}]))
    shown = client.get_plan(plan_id)
    assert apply_plan(client, plan_id).state == "SUCCEEDED"
    applied = password(cluster, namespace)
    texts = [str(shown), str(client.list_plans()), daemon.log_text()]
    for file in (daemon.folder / "state").rglob("*"):
        if file.is_file():
            texts.append(file.read_bytes().decode("latin-1"))
    for hidden in (secret, applied):
        assert all(hidden not in text for text in texts)


def test_a_discarded_plan_is_unknown(client, new_chart, namespace):
    plan_id = save(client, plan_of(namespace, new_chart(RANDOM, VALUES)))
    assert plan_id in [plan.id for plan in client.list_plans().plans]
    client.discard_plan(plan_id)
    assert plan_id not in [plan.id for plan in client.list_plans().plans]
    for call in (client.get_plan, client.discard_plan, client.approve_plan):
        assert reason_of(call, plan_id) == "PLAN_UNKNOWN"
    assert reason_of(apply_plan, client, plan_id) == "PLAN_UNKNOWN"


def test_a_failed_preview_is_not_saved(client, new_chart, namespace):
    run = client.save_plan(plan_of(namespace, new_chart('{{ fail "no" }}')))
    assert Outcome(client, client.watch(run.id)).state == "FAILED"
    assert reason_of(client.get_plan, run.id) == "PLAN_UNKNOWN"


def test_another_caller_approves_and_applies(make_daemon, chart_folder, tmp_path, namespace):
    """Over two sockets: two callers. The third may approve nothing."""
    sockets = {name: tmp_path / name for name in ("author", "reviewer", "guest")}
    daemon = make_daemon(start=False, savedPlans={"perCaller": 2, "approvers": ["unix:reviewer"]})
    daemon.config["listen"] += [{"unix": str(path), "caller": name} for name, path in sockets.items()]
    daemon.start()
    clients = {name: wheelhouse.Client(f"unix://{path}") for name, path in sockets.items()}
    author, reviewer, guest = clients.values()
    chart = uploaded(author, chart_folder)
    plan_id = save(author, plan_of(namespace, chart), require_approval=True)

    assert reason_of(apply_plan, author, plan_id) == "APPROVAL_MISSING"
    assert reason_of(author.approve_plan, plan_id) == "PERMISSION_DENIED"
    for call in (guest.get_plan, guest.approve_plan, guest.discard_plan):
        assert reason_of(call, plan_id) == "PLAN_UNKNOWN"
    assert reason_of(apply_plan, guest, plan_id) == "PLAN_UNKNOWN"
    assert not guest.list_plans().plans

    (listed,) = reviewer.list_plans().plans
    assert (listed.id, listed.caller, listed.approval_required) == (plan_id, "unix:author", True)
    assert reason_of(reviewer.approve_plan, plan_id, sha256="0" * 64) == "PLAN_UNKNOWN"
    approved = reviewer.approve_plan(plan_id, sha256=listed.sha256)
    assert approved.approval.caller == "unix:reviewer" and approved.approval.time.seconds
    # The chart is the author's upload, whoever applies the plan.
    outcome = apply_plan(reviewer, plan_id)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert (outcome.run.caller, outcome.run.applies.approved_by) == ("unix:reviewer", "unix:reviewer")

    save(author, plan_of(namespace, chart))
    assert reason_of(author.save_plan, plan_of(namespace, chart)) == "CALLER_LIMIT"
    author.discard_plan(plan_id)
    save(author, plan_of(namespace, chart))


def test_a_saved_plan_outlives_a_killed_daemon(make_daemon, chart_folder, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as first:
        plan_id = save(first, plan_of(namespace, uploaded(first, chart_folder)))
        sha256 = first.get_plan(plan_id).sha256
    daemon.kill()
    daemon.start()
    with daemon.client() as second:
        assert second.get_plan(plan_id).sha256 == sha256
        outcome = apply_plan(second, plan_id, sha256=sha256)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert password(cluster, namespace) in recorded(cluster, namespace, 1)["manifest"]


def test_a_plan_expires(make_daemon, chart_folder, namespace):
    daemon = make_daemon(savedPlans={"keepFor": "1s"})
    with daemon.client() as client:
        plan_id = save(client, plan_of(namespace, uploaded(client, chart_folder)))

        def expired():
            try:
                client.get_plan(plan_id)
            except wheelhouse.Error as error:
                return error.reason

        assert wait_for("the plan expires", expired) == "PLAN_UNKNOWN"
        assert reason_of(apply_plan, client, plan_id) == "PLAN_UNKNOWN"
        assert not client.list_plans().plans
