"""Plan files, which the command line reads: their language is there, and nowhere else."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Callable, Sequence

from google.protobuf import json_format

from wheelhouse.v1 import plan_pb2


def read(path: str | os.PathLike[str], flags: Sequence[str], upload: Callable[[str], tuple[str, str]]) -> plan_pb2.Plan:
    """The plan of a plan file. `upload(archive)` gives the digest and the name of a chart."""
    with tempfile.TemporaryDirectory() as folder:
        command = [os.environ.get("WHEELHOUSE_CLI", "wheelhouse"), "plan", "pack", "-f", os.fspath(path), "--to", folder, *flags]
        try:
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        except FileNotFoundError:
            raise FileNotFoundError(
                f"plan files are read by the command line, and there is no {command[0]}: put it on the PATH, or name it in "
                "WHEELHOUSE_CLI"
            ) from None
        if done.returncode:
            raise ValueError(done.stderr.strip())
        packed = json.loads((pathlib.Path(folder) / "plan.json").read_text(encoding="utf-8"))
        plan = json_format.ParseDict(packed["plan"], plan_pb2.Plan())
        uploaded = {name: upload(os.path.join(folder, name)) for name in set(packed["archives"]) if name}
    for chart, name in zip(plan.charts, packed["archives"]):
        if name:
            chart.chart.archive_digest, of_chart = uploaded[name]
            chart.name = chart.name or of_chart
    return plan
