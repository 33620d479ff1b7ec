"""Two daemons on one cluster."""

import pytest


@pytest.fixture
def claims(namespace):
    """Claims in a namespace of this test's own, that expire soon."""
    return {"leaseNamespace": f"{namespace}-leases"[-63:].lstrip("-"), "leaseDuration": "4s"}


@pytest.fixture
def pair(make_daemon, claims):
    """Two daemons, each with its own store, that claim in the same namespace."""
    return [make_daemon(claims=claims) for _ in range(2)]
