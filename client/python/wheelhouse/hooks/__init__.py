"""Hooks: your own code in the stages of a chart.

`Lifecycle` is what you write, `Worker` serves it for as long as a process lives, `Client.deploy(lifecycles=...)` for as long as
one call. `wheelhouse.testing` runs it without a daemon.
"""

from wheelhouse.hooks.chart import AsyncChart, Cancelled, Chart, ClusterError, PayloadMissing
from wheelhouse.hooks.lifecycle import Effect, HookFailed, Lifecycle, effect
from wheelhouse.hooks.worker import Worker

__all__ = [
    "AsyncChart", "Cancelled", "Chart", "ClusterError", "Effect", "HookFailed", "Lifecycle", "PayloadMissing", "Worker", "effect",
]
