"""The command line as a process."""

import os
import subprocess

from harness.paths import BIN


def run(daemon, *args, timeout=120, **kwargs):
    environment = {**os.environ, "WHEELHOUSE_SERVER": daemon.server}
    return subprocess.run(
        [BIN / "wheelhouse", *map(str, args)], capture_output=True, text=True, env=environment, timeout=timeout, **kwargs
    )
