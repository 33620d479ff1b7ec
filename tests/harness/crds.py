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


def apply(cluster, namespace, text):
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=text)


def exists(cluster, kind):
    return cluster.get("customresourcedefinition", kind.crd, kind.namespace) is not None
