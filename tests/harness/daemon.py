"""The daemon as a process, with a folder of its own."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import yaml

import wheelhouse
from harness.paths import BIN, KEPT


def wait_for(what, condition, seconds=60):
    """Polls a condition to its bound; returns what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {seconds} s: {what}")


class Daemon:
    """One wheelhoused with a folder of its own."""

    started = []  # that have not been closed

    def __init__(self, kubeconfig, helm, **config):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wh-"))
        self.socket = self.folder / "s"
        self.config_file = self.folder / "wheelhoused.yaml"
        self.config = {
            "clusters": [{"name": "sandbox", "kubeconfig": str(kubeconfig), "default": True}],
            "listen": [{"unix": str(self.socket), "caller": "tester"}],
            "stateDirectory": str(self.folder / "state"),
            "helm": {"path": str(helm)},
            "kustomize": {"path": str(pathlib.Path(helm).parent / "kustomize")},
            **config,
        }
        self.process = None
        self.mark = 0

    @property
    def server(self):
        return f"unix://{self.socket}"

    def spawn(self, log_to=None, **environment):
        """Starts it, and does not wait for it to answer. Its log goes to the descriptor `log_to`, by default into a file."""
        self.config_file.write_text(yaml.safe_dump(self.config))
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                # It would live on if pytest were killed.
                ["setpriv", "--pdeathsig", "TERM", BIN / "wheelhoused", "--config", self.config_file],
                stdout=log,
                stderr=log_to or log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
            )
        if self not in Daemon.started:
            Daemon.started.append(self)
        return self

    def start(self, **environment):
        self.spawn(**environment)
        wait_for("the daemon answers", self._answers, 20)
        return self

    def _answers(self):
        assert self.process.poll() is None, f"the daemon ended: {self.log_text()[-3000:]}"
        with contextlib.suppress(wheelhouse.Error), self.client() as client:
            return client.status()

    def client(self):
        return wheelhouse.Client(self.server)

    def log_size(self):
        path = self.folder / "log"
        return path.stat().st_size if path.exists() else 0

    def log_text(self, mark=0):
        with open(self.folder / "log", "rb") as log:
            log.seek(mark)
            return log.read().decode(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        return self.process and self.process.returncode

    def close(self, keep_log=False):
        running = self.process and self.process.poll() is None
        code = self.stop()
        if self in Daemon.started:
            Daemon.started.remove(self)
        if keep_log or (running and code != 0):
            KEPT.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / "log", KEPT / f"{self.folder.name}.log")
        shutil.rmtree(self.folder)
        # What a sanitizer found is told by the exit code.
        assert not running or code == 0, f"the daemon exited with {code}: {KEPT / self.folder.name}.log"
