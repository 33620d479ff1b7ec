"""A worker as a process that can be killed: python -m harness.hook_worker SERVER FOLDER [MESSAGE [PID...]].

It serves the hook `work`. Its calls are lines in FOLDER/calls, what it has done in FOLDER/done, what became of a call in
FOLDER/ends. While FOLDER/hold exists it does not go on. At MESSAGE it kills PID, its own by default, once: `invoke` (before it
accepts), `accept`, `done` (before the result), `result` (when it was sent), `ack`.
"""

import json
import os
import pathlib
import signal
import sys
import time

import wheelhouse


class Deadly(wheelhouse.Worker):
    """Kills at a message."""

    at = ""
    victims = ()

    @classmethod
    def reach(cls, message):
        if message == cls.at:
            cls.at = ""
            for pid in cls.victims or (os.getpid(),):
                os.kill(pid, signal.SIGKILL)

    def _take(self, response):
        what = response.WhichOneof("message")
        self.reach({"result_ack": "ack"}.get(what, what))
        super()._take(response)

    def _send(self, message):
        super()._send(message)
        if message.HasField("result") and self.at == "result":
            time.sleep(0.2)  # so that it is on its way
            self.reach("result")


def main():
    server, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    Deadly.at, Deadly.victims = (sys.argv[3:] or [""])[0], [int(pid) or os.getpid() for pid in sys.argv[4:]]

    def write(name, **line):
        with open(folder / name, "a") as file:
            file.write(json.dumps({"pid": os.getpid(), **line}) + "\n")

    def work(chart):
        write("calls", id=chart.id, attempt=chart.attempt, interrupted=chart.interrupted, preview=chart.preview)
        Deadly.reach("accept")
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
        Deadly.reach("done")
        return f"worked in attempt {chart.attempt}"

    with wheelhouse.Client(server) as client:
        Deadly(client, {"work": work}).run()


if __name__ == "__main__":
    main()
