"""A worker as a process that can be killed: python -m harness.hook_worker SERVER FOLDER [MESSAGE].

It serves the hook `work`. Its calls are lines in FOLDER/calls, what it has done in FOLDER/done, what became of a call in
FOLDER/ends. While FOLDER/hold exists it does not go on. With MESSAGE it kills itself there: `invoke` (before it accepts),
`accept`, `done` (before the result), `result` (when it was sent), `ack`.
"""

import json
import os
import pathlib
import signal
import sys
import time

import wheelhouse


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(wheelhouse.Worker):
    """Kills itself at a message."""

    at = ""

    def _take(self, response):
        what = response.WhichOneof("message")
        if (what, self.at) in (("invoke", "invoke"), ("result_ack", "ack")):
            die()
        super()._take(response)

    def _send(self, message):
        super()._send(message)
        if message.HasField("result") and self.at == "result":
            time.sleep(0.2)  # so that it is on its way
            die()


def main():
    server, folder, at = sys.argv[1], pathlib.Path(sys.argv[2]), (sys.argv[3:] or [""])[0]

    def write(name, **line):
        with open(folder / name, "a") as file:
            file.write(json.dumps({"pid": os.getpid(), **line}) + "\n")

    def work(chart):
        write("calls", id=chart.id, attempt=chart.attempt, interrupted=chart.interrupted, preview=chart.preview)
        if at == "accept":
            die()
        if chart.interrupted and chart.input.get("checks") and (folder / "done").exists():
            return "was done already"
        while (folder / "hold").exists():
            time.sleep(0.02)
        try:
            if "apply" in chart.input:
                chart.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": chart.input["apply"]}})
        except wheelhouse.Cancelled:
            write("ends", cancelled=True)
            raise
        write("done", attempt=chart.attempt)
        if at == "done":
            die()
        return f"worked in attempt {chart.attempt}"

    Mortal.at = at
    with wheelhouse.Client(server) as client:
        Mortal(client, {"work": work}).run()


if __name__ == "__main__":
    main()
