"""run_job: a program in the cluster."""

import pytest


@pytest.fixture
def run_job(deploy, namespace):
    """Deploys with a Job in pre_exec, and steps after it."""

    def go(*steps, timeout=60, **job):
        job = {"image": "sandbox.example/job:1.0", **job}
        step = {"name": "migrate", "run_job": job, "timeout": {"seconds": timeout}}
        return deploy(namespace, stages={"pre_exec": {"after": [step, *steps]}})

    return go


def test_its_output_is_streamed_and_it_is_deleted_when_it_is_done(run_job, cluster, namespace):
    outcome = run_job(command=["/migrate"], env={"TO": "v2"}, labels={"sandbox.wheelhouse/pod": "completes"})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    logs = [e.log for e in outcome.events if e.HasField("log") and e.log.step == "migrate"]
    assert [log.line for log in logs][-1] == "sandbox: done"
    assert all(log.source.startswith("wheelhouse-") for log in logs)
    assert any("Job" in w.object for e in outcome.events for w in e.progress.waiting)
    jobs = cluster.kubectl("get", "jobs", "-n", namespace, "-o", "jsonpath={.items[*].metadata.deletionTimestamp}")
    names = cluster.kubectl("get", "jobs", "-n", namespace, "-o", "name")
    assert jobs or not names


def test_its_output_may_be_used_by_later_steps(run_job, cluster, namespace):
    check = {
        "name": "said",
        "when": {"payload": {"key": "said", "equals": "sandbox: hello from the container\nsandbox: starting\nsandbox: done"}},
        "apply": {"manifests": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: said}\n"},
    }
    outcome = run_job(check, labels={"sandbox.wheelhouse/pod": "completes"}, stdout_to_payload="said")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "said", namespace)


def test_one_that_fails_is_named_with_the_end_of_its_log(run_job, cluster, namespace):
    failure = run_job(labels={"sandbox.wheelhouse/pod": "fails"}).run.failure
    assert (failure.stage, failure.step, failure.reason) == (2, "migrate", "STEP_FAILED")
    assert f"Job {namespace}/wheelhouse-" in failure.message
    assert "said last: sandbox: hello" in failure.message and "exit status 1" in failure.message
    left = {(one.kind, one.name): one.change for one in failure.left_changed}
    assert left["runJob", "pre_exec/migrate"] == "ran sandbox.example/job:1.0, perhaps in part"
    assert ("Release", f"{namespace}/web") not in left


def test_one_that_cannot_start_is_named_when_time_is_over(run_job):
    failure = run_job(labels={"sandbox.wheelhouse/pod": "image-pull-error"}, timeout=4).run.failure
    assert failure.reason == "STEP_FAILED"
    assert "waiting for Job " in failure.message and "ImagePull" in failure.message


def test_one_that_the_api_server_refuses_is_named(run_job, cluster, namespace):
    failure = run_job(labels={"no label": "a"}).run.failure
    assert failure.reason == "APPLY_REJECTED" and "create Job" in failure.message
