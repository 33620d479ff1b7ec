"""Patches to what an unforked chart renders: kustomize's work, between helm and the cluster."""

import pytest

import wheelhouse
from harness.helm import both_majors

MORE_REPLICAS = {"target": {"kind": "Deployment"}, "json6902": "- {op: replace, path: /spec/replicas, value: 3}"}
SETTINGS = {
    "target": {"label_selector": "part=settings"},
    "strategic_merge": "kind: ConfigMap\nmetadata: {name: any}\ndata:\n  added: '0x1f'\n",
}
HOOK = {
    "target": {"kind": "ConfigMap", "name": ".*-hook"},
    "json6902": "- {op: add, path: /data/added, value: '1'}",
    "hooks": True,
}


@pytest.fixture
def patch(deploy, namespace):
    def go(*patches, **fields):
        return deploy(namespace, chart="patched", patches=patches, **fields)

    return go


@both_majors
def test_objects_are_changed_and_the_others_stay_as_they_were_rendered(patch, cluster, namespace):
    outcome = patch(MORE_REPLICAS, SETTINGS)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("deployment", "web", namespace)["spec"]["replicas"] == 3
    settings = cluster.get("configmap", "web", namespace)["data"]
    assert settings == {"octal": "010", "exponent": "1e3", "yes": "yes", "lines": "a: 1\n# not a comment\n", "added": "0x1f"}
    assert cluster.get("configmap", "web-other", namespace)["data"] == {"octal": "010", "added": "0x1f"}
    assert cluster.get("configmap", "web-hook", namespace)["data"] == {"octal": "010"}
    manifest = cluster.run("helm", "get", "manifest", "web", "-n", namespace).stdout
    assert manifest.count("kind:") == 3 and "replicas: 3" in manifest


@both_majors
def test_other_patches_are_an_upgrade_and_the_same_ones_are_not(patch, cluster, namespace):
    assert patch(MORE_REPLICAS).decision() == "INSTALL"
    assert patch(MORE_REPLICAS).decision() == "UNCHANGED"
    forced = patch(MORE_REPLICAS, force_upgrade=True)
    assert (forced.decision(), forced.state) == ("UPGRADE", "SUCCEEDED"), forced.run.failure
    assert cluster.get("deployment", "web", namespace)["spec"]["replicas"] == 3
    assert patch().decision() == "UPGRADE"
    assert cluster.get("deployment", "web", namespace)["spec"]["replicas"] == 1


def test_hooks_are_changed_where_a_patch_asks_for_it(patch, cluster, namespace):
    assert patch(MORE_REPLICAS, HOOK).state == "SUCCEEDED"
    assert cluster.get("configmap", "web-hook", namespace)["data"] == {"octal": "010", "added": "1"}


@pytest.mark.parametrize("helm", ["helm3"], indirect=True)
def test_hooks_cannot_be_changed_by_helm_3_and_that_is_said(patch, cluster, namespace):
    failure = patch(HOOK).run.failure
    assert failure.reason == "HELM_UNSUPPORTED" and "patches[0].hooks" in failure.message
    assert cluster.releases(namespace) == {}


@both_majors
def test_a_patch_that_matches_nothing_is_named_before_anything_is_changed(patch, cluster, namespace):
    failure = patch(MORE_REPLICAS, {**SETTINGS, "target": {"kind": "StatefulSet"}}, HOOK | {"hooks": False}).run.failure
    assert failure.reason == "VALUES_INVALID", failure
    assert "patches[0]" not in failure.message and "patches[1]" in failure.message and "patches[2]" in failure.message
    assert cluster.get("namespace", namespace, namespace) is None


def test_the_patch_that_does_not_apply_is_named_before_anything_is_changed(patch, cluster, namespace):
    failure = patch(MORE_REPLICAS, {**MORE_REPLICAS, "json6902": "- {op: replace, path: /spec/no/such, value: s3cr3t}"}).run.failure
    assert failure.reason == "VALUES_INVALID" and "patches[1]" in failure.message and "/spec/no/such" in failure.message
    assert "s3cr3t" not in failure.message
    assert cluster.get("namespace", namespace, namespace) is None


def test_what_is_no_patch_is_refused_with_its_path(patch):
    with pytest.raises(wheelhouse.Error) as error:
        patch(MORE_REPLICAS, {"target": {"kind": "Deployment"}, "strategic_merge": "a: ["})
    assert error.value.reason == "PLAN_INVALID"
    assert list(error.value.violations) == ["plan.charts[0].patches[1].strategic_merge"]


def test_without_kustomize_only_charts_with_patches_fail(make_daemon, upload, deploy, namespace):
    with make_daemon(kustomize={"path": "/no/kustomize"}).client() as client:
        failed = deploy(namespace, client=client, chart="patched", patches=[MORE_REPLICAS])
        assert failed.run.failure.reason == "KUSTOMIZE_MISSING" and "/no/kustomize" in failed.run.failure.message
        assert deploy(namespace, client=client, chart="patched").state == "SUCCEEDED"
