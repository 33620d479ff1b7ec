"""Prometheus operator: when it is destroyed, its own exec takes the custom resources away before the CRDs that they are of."""

import wheelhouse

GROUP = "monitoring.coreos.com"
KINDS = ("Prometheus", "Alertmanager", "ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "ThanosRuler")


class PrometheusOperator(wheelhouse.Lifecycle):
    """For a chart with `action: DESTROY`."""

    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def exec(self, chart: wheelhouse.Chart) -> str:
        # The operator is still there, and does what their finalizers wait for.
        for kind in KINDS:
            for one in self._all(chart, kind):
                chart.check()
                chart.delete(kind, one["metadata"]["name"], namespace=one["metadata"]["namespace"])
                chart.log(f"deleted {kind} {one['metadata']['name']}")
        label = f"app.kubernetes.io/instance={chart.name}"
        for kind in ("Deployment", "Service", "ServiceAccount", "ConfigMap"):
            chart.delete(kind, label_selector=label)
        # helm's records: nothing is left that they tell of.
        chart.delete("Secret", label_selector=f"owner=helm,name={chart.name}")
        for kind in KINDS:
            chart.delete("CustomResourceDefinition", f"{_plural(kind)}.{GROUP}")
        return f"uninstalled, with {len(KINDS)} CRDs"

    def _all(self, chart: wheelhouse.Chart, kind: str) -> list[dict]:
        try:
            return [one for ns in chart.namespaces or [chart.namespace] for one in chart.list(kind, namespace=ns)]
        except wheelhouse.ClusterError as error:
            if error.reason == "KIND_UNKNOWN":  # its CRD is gone already
                return []
            raise


def _plural(kind: str) -> str:
    return kind.lower() + ("es" if kind.endswith("s") else "s")
