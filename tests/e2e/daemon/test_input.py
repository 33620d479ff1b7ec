"""Bad input: a clear error that names the field, and nothing changed in the cluster."""

import pytest
import yaml

import wheelhouse
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2


def refused(client, **plan):
    with pytest.raises(wheelhouse.Error) as error:
        client.create_run(plan_pb2.Plan(**plan))
    return error.value


def test_all_wrong_fields_are_named(client):
    error = refused(client, charts=[chart_pb2.ChartInfo(name="No_Name", namespace="UPPER")])
    assert error.reason == "PLAN_INVALID"
    assert len(error.violations) >= 3  # name, namespace, chart
    assert any(field.endswith("charts[0].name") for field in error.violations)


def test_of_hundreds_of_wrong_fields_some_are_named_and_the_others_counted(client):
    error = refused(client, charts=[chart_pb2.ChartInfo(name=f"No_Name_{i}", namespace="x") for i in range(400)])
    assert error.reason == "PLAN_INVALID"
    assert len(error.violations) > 20 and any(text.endswith(" more") for text in error.violations.values())


def test_the_same_release_twice(client, upload):
    chart = chart_pb2.ChartInfo(name="web", namespace="twice", chart=upload(client, "web"))
    assert refused(client, charts=[chart, chart]).reason == "PLAN_INVALID"


def test_a_dependency_that_is_not_in_the_plan(client, upload):
    chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=upload(client, "web"), depends_on=["absent"])
    error = refused(client, charts=[chart])
    assert error.reason == "PLAN_INVALID" and "absent" in str(error)


def test_an_archive_that_was_not_uploaded(client):
    source = chart_pb2.ChartSource(archive_digest="sha256:" + "0" * 64)
    assert refused(client, charts=[chart_pb2.ChartInfo(name="w", namespace="x", chart=source)]).reason == "CHART_NOT_UPLOADED"


def test_an_archive_that_is_not_a_chart(client, tmp_path):
    path = tmp_path / "no.tgz"
    path.write_bytes(b"this is no archive")
    with pytest.raises(wheelhouse.Error) as error:
        client.upload_chart(str(path))
    assert error.value.reason == "CHART_INVALID"


def test_an_unknown_cluster(client, upload):
    chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=upload(client, "web"))
    with pytest.raises(wheelhouse.Error) as error:
        client.create_run(plan_pb2.Plan(charts=[chart]), cluster="elsewhere")
    assert error.value.reason == "CLUSTER_UNKNOWN" and "sandbox" in str(error.value)


def test_yaml_that_is_none_names_the_line(deploy, cluster, namespace):
    outcome = None
    try:
        outcome = deploy(namespace, values_files=[{"name": "v.yaml", "content": "a: 1\nb: [\n"}])
    except wheelhouse.Error as error:
        assert error.reason == "VALUES_INVALID" and "v.yaml" in str(error)
    else:
        assert outcome.run.failure.reason == "VALUES_INVALID" and "v.yaml" in outcome.run.failure.message
    assert cluster.get("namespace", namespace, namespace) is None


def test_an_unknown_field_number_is_refused_with_its_path(client):
    plan = plan_pb2.Plan.FromString(plan_pb2.Plan(name="x").SerializeToString() + b"\xfa\x01\x01x")  # field 31
    with pytest.raises(wheelhouse.Error) as error:
        client.create_run(plan)
    assert "31" in str(error.value)


def test_an_unreachable_cluster(make_daemon, upload, tmp_path, kubeconfig):
    config = yaml.safe_load(open(kubeconfig))
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    with make_daemon(kubeconfig=path).client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=upload(client, "web"))
        run = Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart]))).run
    assert run.failure.reason == "CLUSTER_UNREACHABLE" and "127.0.0.1:1" in run.failure.message


def test_a_missing_helm(make_daemon, upload, tmp_path):
    with make_daemon(helm=tmp_path / "no-helm").client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=upload(client, "web"))
        outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart])))
        assert outcome.run.failure.reason == "HELM_MISSING"
