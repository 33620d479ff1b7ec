"""Client of the Wheelhouse chart deployer.

The stubs are in `wheelhouse.v1`; this module adds what every caller needs: a channel, charts packed and uploaded, and
errors with their reason.
"""

from wheelhouse.client import Client, Error, tls

__all__ = ["Client", "Error", "tls"]
