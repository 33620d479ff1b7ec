"""cert-manager's issuers: its webhook answers some time after its pods are ready, so the first object is tried until it does."""

import time

import wheelhouse


class CertManagerConfigs(wheelhouse.Lifecycle):
    tries, pause = 60, 2.0  # in seconds

    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def pre_exec(self, chart: wheelhouse.Chart) -> str:
        probe = {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Issuer",
            "metadata": {"name": f"{chart.name}-probe"},
            "spec": {"selfSigned": {}},
        }
        for attempt in range(1, self.tries + 1):
            chart.check()
            try:
                chart.apply(probe)
                chart.delete("Issuer", probe["metadata"]["name"], api_version="cert-manager.io/v1")
                return f"the webhook answered after {attempt} tries"
            except wheelhouse.ClusterError as error:
                if error.reason not in ("APPLY_REJECTED", "CLUSTER_UNREACHABLE", "KIND_UNKNOWN"):
                    raise
                chart.progress(f"the webhook does not answer yet: {error}")
            time.sleep(self.pause)
        raise wheelhouse.HookFailed("cert-manager's webhook does not answer", reason="NO_WEBHOOK", retryable=True)
