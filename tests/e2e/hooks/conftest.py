"""A daemon of the test's own, and its workers."""

import pytest

from harness.hooks import create, workers  # noqa: F401: fixtures


@pytest.fixture
def own(make_daemon):
    """A daemon that the test may kill, and its client."""
    daemon = make_daemon()
    with daemon.client() as client:
        yield daemon, client
