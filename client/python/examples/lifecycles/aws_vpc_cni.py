"""AWS VPC CNI: takes over what EKS has installed before helm meets it, and leaves it to helm if the chart is gone."""

import wheelhouse

# What EKS installs in kube-system, without helm.
INSTALLED = (
    ("DaemonSet", "aws-node"),
    ("ServiceAccount", "aws-node"),
    ("ConfigMap", "amazon-vpc-cni"),
    ("ClusterRole", "aws-node"),
    ("ClusterRoleBinding", "aws-node"),
)


class AwsVpcCni(wheelhouse.Lifecycle):
    version = "1"

    def check_prerequisites(self, chart: wheelhouse.Chart) -> str:
        if chart.get("DaemonSet", "aws-node") is None:
            raise wheelhouse.HookFailed("there is no DaemonSet aws-node: is this an EKS cluster?", reason="NOT_EKS")
        return "EKS has installed the CNI"

    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def pre_exec(self, chart: wheelhouse.Chart) -> str:
        adopted = 0
        for kind, name in INSTALLED:
            found = chart.get(kind, name)
            if found is None:
                continue
            owner = found["metadata"].get("annotations", {}).get("meta.helm.sh/release-name", chart.name)
            if owner != chart.name:
                raise wheelhouse.HookFailed(f"{kind} {name} belongs to the release {owner}", reason="OWNED")
            marks = {
                "labels": {"app.kubernetes.io/managed-by": "Helm"},
                "annotations": {
                    "meta.helm.sh/release-name": chart.name,
                    "meta.helm.sh/release-namespace": chart.namespace,
                },
            }
            chart.patch(kind, name, merge={"metadata": marks})
            adopted += 1
        return f"adopted {adopted} objects"
