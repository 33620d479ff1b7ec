"""Deploys a chart and prints what happens: deploy.py CHART [NAMESPACE]."""

import sys

import wheelhouse
from wheelhouse.v1 import chart_pb2, plan_pb2


def main() -> None:
    path, namespace = sys.argv[1], (sys.argv[2:] or ["default"])[0]
    with wheelhouse.Client() as client:
        chart = client.upload_chart(path)
        info = chart_pb2.ChartInfo(
            name=chart.name, namespace=namespace, chart=chart_pb2.ChartSource(archive_digest=chart.digest)
        )
        for event in client.deploy(plan_pb2.Plan(charts=[info])):
            if text := wheelhouse.line(event):
                print(text)


if __name__ == "__main__":
    try:
        main()
    except (wheelhouse.Error, wheelhouse.RunFailed) as error:
        sys.exit(str(error))
