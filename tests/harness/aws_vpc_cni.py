"""What a cloud has installed by hand where the chart aws-vpc-cni comes."""

OBJECTS = {
    "ServiceAccount": "aws-node",
    "ConfigMap": "amazon-vpc-cni",
    "ClusterRole": "aws-node",
    "ClusterRoleBinding": "aws-node",
    "DaemonSet": "aws-node",
}


def hand_made(namespace):
    rbac = "rbac.authorization.k8s.io"
    pods = {"app.kubernetes.io/name": "aws-node", "k8s-app": "aws-node"}
    container = {
        "name": "aws-node",
        "image": "amazon-k8s-cni:v1.18.1",
        "env": [{"name": "WARM_ENI_TARGET", "value": "2"}, {"name": "CLOUD", "value": "eks"}],
        "resources": {"requests": {"cpu": "10m"}},
    }
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "aws-node"}},
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "amazon-vpc-cni"},
            "data": {"enable-network-policy-controller": "true", "branch-eni-cooldown": "30"},
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "aws-node"},
            "rules": [{"apiGroups": [""], "resources": ["pods", "namespaces"], "verbs": ["list", "watch", "get"]}],
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "aws-node"},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "aws-node"},
            "subjects": [{"kind": "ServiceAccount", "name": "aws-node", "namespace": namespace}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "aws-node", "labels": {"k8s-app": "aws-node"}},
            "spec": {
                "selector": {"matchLabels": {"k8s-app": "aws-node"}},
                "template": {
                    "metadata": {"labels": pods},
                    "spec": {"serviceAccountName": "aws-node", "hostNetwork": True, "containers": [container]},
                },
            },
        },
    ]


def contents(cluster, namespace):
    """What each object holds, and whose it is."""
    objects = {}
    for kind, name in OBJECTS.items():
        object = cluster.get(kind, name, namespace)
        object.pop("status", None)
        for key in ("resourceVersion", "generation"):
            object["metadata"].pop(key, None)
        object["metadata"].get("annotations", {}).pop("deprecated.daemonset.template.generation", None)
        objects[kind] = object
    return objects
