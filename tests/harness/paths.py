"""Where things are."""

import os
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[2]
CHARTS = TOP / "tests" / "charts"
SANDBOX = TOP / "tests" / "sandbox"
# CTest sets it to try a build with sanitizers.
BIN = pathlib.Path(os.environ.get("WHEELHOUSE_BIN", TOP / "build" / "bin"))
# Logs of failed tests.
KEPT = TOP / "build" / "e2e-failed"
