"""Client of the Wheelhouse chart deployer.

The stubs are in `wheelhouse.v1`; this package adds what every caller needs: a channel, the upload of charts, a watch that
opens a lost stream again, and errors with their reason.
"""

from wheelhouse.client import Client, tls
from wheelhouse.error import Error, RunFailed, RunLost
from wheelhouse.hooks import AsyncChart, Cancelled, Chart, ClusterError, Effect, HookFailed, Lifecycle, PayloadMissing, Worker, effect
from wheelhouse.text import line

__all__ = [
    "AsyncChart",
    "Cancelled",
    "Chart",
    "Client",
    "ClusterError",
    "Effect",
    "Error",
    "HookFailed",
    "Lifecycle",
    "PayloadMissing",
    "RunFailed",
    "RunLost",
    "Worker",
    "effect",
    "line",
    "tls",
]
