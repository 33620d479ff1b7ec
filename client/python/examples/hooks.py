"""Deploys a chart with code of this process in its stages: hooks.py CHART [NAMESPACE]."""

import sys

import wheelhouse
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2


class Web(wheelhouse.Lifecycle):
    def check_prerequisites(self, chart: wheelhouse.Chart) -> str:
        return f"{chart.name} goes to {chart.namespace}"

    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def pre_exec(self, chart: wheelhouse.Chart) -> str:
        chart.log(f"attempt {chart.attempt}: {chart.decision}")
        chart.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"color": "blue"}}
        )
        return "the settings are there"

    @wheelhouse.effect(wheelhouse.Effect.READ_ONLY)
    async def validate(self, chart: wheelhouse.AsyncChart) -> str:
        settings = await chart.get("ConfigMap", "settings")
        if settings is None:
            raise wheelhouse.HookFailed("the settings are gone")
        return f"the color is {settings['data']['color']}"


def main() -> None:
    path, namespace = sys.argv[1], (sys.argv[2:] or ["default"])[0]
    with wheelhouse.Client() as client:
        chart = client.upload_chart(path)
        info = chart_pb2.ChartInfo(
            name=chart.name, namespace=namespace, chart=chart_pb2.ChartSource(archive_digest=chart.digest)
        )
        for event in client.deploy(plan_pb2.Plan(charts=[info]), lifecycles={chart.name: Web()}):
            change = event.transition
            if change.kind == "hook" and change.state == run_pb2.STATE_SUCCEEDED:
                print(f"{change.step}: {change.outcome}")


if __name__ == "__main__":
    try:
        main()
    except (wheelhouse.Error, wheelhouse.RunFailed) as error:
        sys.exit(str(error))
