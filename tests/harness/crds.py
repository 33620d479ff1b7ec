"""CustomResourceDefinitions for tests: they are the cluster's, so each test has kinds of its own."""

import json

GROUP = "sandbox.wheelhouse"


class Kind:
    """A kind of a test's own: Kind("Jib", namespace)."""

    def __init__(self, name, namespace):
        self.namespace = namespace
        self.kind = name + namespace.split("-")[0]
        self.plural = self.kind.lower() + "s"
        self.crd = f"{self.plural}.{GROUP}"

    def manifest(self, versions=("v1",), storage="v1", served=None, **annotations):
        """The CRD, as YAML."""
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        crd = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": self.crd, "annotations": annotations},
            "spec": {
                "group": GROUP,
                "scope": "Namespaced",
                "names": {"kind": self.kind, "plural": self.plural, "singular": self.kind.lower()},
                "versions": [{"name": v, "served": v in (served or versions), "storage": v == storage, "schema": schema} for v in versions],
            },
        }
        return json.dumps(crd) + "\n"

    def resource(self, name, version="v1", **metadata):
        """A custom resource, as YAML."""
        metadata = {"name": name, **metadata}
        return json.dumps({"apiVersion": f"{GROUP}/{version}", "kind": self.kind, "metadata": metadata}) + "\n"


def free_crd(kind, group):
    """A CRD whose objects may hold anything, as YAML."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    plural = kind.lower() + "s"
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    return json.dumps(crd) + "\n"


def apply(cluster, namespace, text):
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=text)


def exists(cluster, kind):
    return cluster.get("customresourcedefinition", kind.crd, kind.namespace) is not None


# CRDs that profiles know by name.
MONITORS = "servicemonitors.monitoring.coreos.com"


def known_crd(name, field):
    plural, group = name.split(".", 1)
    kind = {"servicemonitors": "ServiceMonitor", "verticalpodautoscalers": "VerticalPodAutoscaler"}[plural]
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {field: {"type": "string"}}}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        # autoscaling.k8s.io is one of the groups that the API server guards.
        "metadata": {"name": name, "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def has_crd(cluster, name):
    return bool(cluster.kubectl("get", "crd", name, "--ignore-not-found", "-o", "name"))
