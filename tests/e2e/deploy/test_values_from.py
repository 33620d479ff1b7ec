"""Values that lie in the cluster: read before anything is decided, and kept by nobody."""

import secrets

import pytest

from harness.helm import both_majors


def refs(*names, **fields):
    return [{kind: {"name": name, **fields}} for kind, name in names]


@pytest.fixture
def put(cluster, namespace):
    """put(kind, name, document): an object with one values document."""
    cluster.kubectl("create", "namespace", namespace)

    def go(kind, name, document, key="values.yaml"):
        cluster.kubectl("delete", kind, name, "-n", namespace, "--ignore-not-found")
        flavour = ["secret", "generic"] if kind == "secret" else [kind]
        cluster.kubectl("create", *flavour, name, "-n", namespace, f"--from-literal={key}={document}")

    return go


@both_majors
def test_they_stand_over_the_documents_of_the_plan_and_under_its_pairs(deploy, put, cluster, namespace):
    put("secret", "low", "message: secret\nreplicas: 2\nports: [81]")
    put("configmap", "high", "message: '010'\nreplicas: 3")
    outcome = deploy(
        namespace,
        yaml_files_content=[{"name": "plan", "content": "message: plan\nports: [80]"}],
        values_from=refs(("secret", "low"), ("config_map", "high")),
        values={"replicas": 1},
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "010"
    assert cluster.get("deployment", "web", namespace)["spec"]["replicas"] == 1
    assert [port["port"] for port in cluster.get("service", "web", namespace)["spec"]["ports"]] == [81]


def test_a_changed_secret_is_an_upgrade_and_an_unchanged_one_is_not(deploy, put, cluster, namespace):
    again = {"values_from": refs(("secret", "db"))}
    put("secret", "db", "message: one")
    assert deploy(namespace, **again).decision() == "INSTALL"
    assert deploy(namespace, **again).decision() == "UNCHANGED"
    put("secret", "db", "message: two")
    assert deploy(namespace, **again).decision() == "UPGRADE"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "two"


def test_an_absent_key_is_named_and_nothing_is_changed_unless_it_is_optional(deploy, put, cluster, namespace):
    put("secret", "db", "message: one", key="other.yaml")
    wanted = refs(("secret", "db"))
    failure = deploy(namespace, values_from=wanted).run.failure
    assert failure.reason == "VALUES_INVALID" and f"Secret {namespace}/db key values.yaml" in failure.message
    assert cluster.releases(namespace) == {}
    wanted[0]["optional"] = True
    assert deploy(namespace, values_from=wanted).state == "SUCCEEDED"


def test_what_a_secret_holds_is_in_no_answer_and_nowhere_on_the_disk(make_daemon, upload, deploy, put, namespace):
    held = f"s3cr3t-{secrets.token_hex(8)}"
    # The API server repeats a label's value that is none, and helm repeats the API server.
    put("secret", "db", f"plain: {held}\npodBehaviour: {held}!")
    daemon = make_daemon(log={"level": "DEBUG"})
    with daemon.client() as client:
        failed = deploy(namespace, client=client, values_from=refs(("secret", "db")))
        assert failed.state == "FAILED"
        put("secret", "db", f"message: {held}")
        done = deploy(namespace, client=client, values_from=refs(("secret", "db")))
        assert done.state == "SUCCEEDED", done.run.failure
        answers = {"the log": daemon.log_text().encode()}
        for outcome in (failed, done):
            answers[f"GetRun {outcome.run.id}"] = outcome.run.SerializeToString()
            answers[f"Deploy {outcome.run.id}"] = b"".join(e.SerializeToString() for e in outcome.events)
        for path in (daemon.folder / "state").rglob("*"):
            if path.is_file():
                answers[str(path)] = path.read_bytes()
    assert [name for name, data in answers.items() if held.encode() in data] == []
    assert "***" in failed.run.failure.message, failed.run.failure
