"""The client takes whatever the daemon may send."""

import pytest

import wheelhouse
from harness.played import played
from wheelhouse import client as client_module
from wheelhouse.v1 import deployer_service_pb2, deployer_service_pb2_grpc, run_pb2

TEXT = "x" * (64 << 10)


class LargestRun(deployer_service_pb2_grpc.DeployerServiceServicer):
    def GetRun(self, request, context):
        run = run_pb2.Run(id=request.run_id)
        for i in range(500):
            failure = run.charts.add(name=f"chart-{i}").failure
            failure.evidence.add(kind="logs", text=TEXT)
            run.failure.secondary.add().CopyFrom(failure)
        return deployer_service_pb2.GetRunResponse(run=run)


def test_the_picture_of_the_largest_run_arrives(tmp_path):
    service = deployer_service_pb2_grpc.add_DeployerServiceServicer_to_server, LargestRun()
    with played(tmp_path, service, options=[("grpc.max_send_message_length", -1)]):
        with wheelhouse.Client(f"unix://{tmp_path}/s") as client:
            run = client.get_run("01a")
    assert len(run.charts) == len(run.failure.secondary) == 500


def test_without_an_address_the_daemon_is_where_it_listens_by_default(monkeypatch):
    """The rule of the command line (client/cli/connection), and of the Go package."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    monkeypatch.setattr("os.geteuid", lambda: 7)
    assert client_module._default_server() == "unix:///run/user/7/wheelhouse/wheelhouse.sock"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.delenv("WHEELHOUSE_SERVER", raising=False)
    with pytest.raises(ValueError, match="WHEELHOUSE_SERVER"):
        wheelhouse.Client()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert client_module._default_server() == "unix:///run/wheelhouse/wheelhouse.sock"
