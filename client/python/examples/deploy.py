"""Deploys a chart and prints its stages: deploy.py CHART [NAMESPACE]."""

import sys

import wheelhouse
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2


def main() -> int:
    path, namespace = sys.argv[1], (sys.argv[2:] or ["default"])[0]
    with wheelhouse.Client() as client:
        chart = client.upload_chart(path)
        info = chart_pb2.ChartInfo(
            name=chart.name, namespace=namespace, chart=chart_pb2.ChartSource(archive_digest=chart.digest)
        )
        state = run_pb2.RUN_STATE_UNSPECIFIED
        for event in client.deploy(plan_pb2.Plan(charts=[info])):
            if event.HasField("transition"):
                change = event.transition
                state = change.run_state or state
                if change.stage and not change.step:
                    print(failure_pb2.Stage.Name(change.stage), run_pb2.State.Name(change.state))
            elif event.HasField("failure"):
                print(f"{event.failure.reason}: {event.failure.message}", file=sys.stderr)
    return 0 if state == run_pb2.RUN_STATE_SUCCEEDED else 1


if __name__ == "__main__":
    sys.exit(main())
