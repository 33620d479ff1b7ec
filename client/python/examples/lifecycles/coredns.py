"""CoreDNS: restarts it after a deploy only when its Corefile has changed, since it does not notice by itself."""

import datetime
import hashlib

import wheelhouse

CONFIG = "coredns"


def digest(chart: wheelhouse.Chart) -> str:
    found = chart.get("ConfigMap", CONFIG) or {}
    return hashlib.sha256(repr(sorted(found.get("data", {}).items())).encode()).hexdigest()


class CoreDns(wheelhouse.Lifecycle):
    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def pre_exec(self, chart: wheelhouse.Chart) -> str:
        chart.payload["corefile"] = digest(chart)
        return "the Corefile is known"

    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def post_exec(self, chart: wheelhouse.Chart) -> str:
        if chart.payload["corefile"] == digest(chart):
            return "the Corefile has not changed"
        when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        restarted = {"kubectl.kubernetes.io/restartedAt": when}
        chart.patch(
            "Deployment", "coredns", strategic={"spec": {"template": {"metadata": {"annotations": restarted}}}}
        )
        chart.wait("Deployment", "coredns")
        return "restarted for a new Corefile"
