"""What no client sends by accident: each is refused with what is wrong, and the next call is answered."""

import grpc
import pytest

from wheelhouse.v1 import deployer_service_pb2, plan_pb2

MIB = 1 << 20


@pytest.fixture
def refused(client):
    """Calls CreateRun with bytes; the error."""

    def call(request, method="CreateRun", **options):
        stub = client.channel.unary_unary(f"/wheelhouse.v1.DeployerService/{method}")
        with pytest.raises(grpc.RpcError) as error:
            stub(request, timeout=120, **options)
        assert client.status().caller == "unix:tester"
        return error.value

    return call


def plan(**fields):
    return deployer_service_pb2.CreateRunRequest(plan=plan_pb2.Plan(**fields)).SerializeToString()


def nested(depth):
    """A group in a group in a group, which the daemon does not know."""
    return b"\x5b" * depth + b"\x5c" * depth


@pytest.mark.parametrize(
    "request_bytes, says",
    [
        (b"\x1a\x02\xff\xfe", "UTF-8"),
        (nested(100_000), "100 deep"),
        (b"\x0a\xff\xff\xff\x07x", "truncated"),
        (b"\xff" * 1000, "CreateRunRequest"),
    ],
    ids=["text that is none", "deeply nested", "cut off", "no message at all"],
)
def test_what_is_no_request_is_refused_with_what_may_be_wrong_with_it(refused, request_bytes, says):
    error = refused(request_bytes)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and says in error.details()


def test_a_message_larger_than_any_plan_is_not_read(refused):
    assert refused(plan(name="x" * (17 * MIB))).code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_request_without_a_plan_is_bounded_before_it_is_parsed(refused):
    error = refused(deployer_service_pb2.GetRunRequest(run_id="x" * MIB).SerializeToString(), method="GetRun")
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "at most 65536" in error.details()


def test_a_request_id_of_a_megabyte_is_named(refused):
    request = deployer_service_pb2.CreateRunRequest(plan=plan_pb2.Plan(name="x"), request_id="r" * MIB)
    error = refused(request.SerializeToString())
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "request_id" in error.details()
    assert len(error.details()) < 8192


# gRPC 1.51 stops reading a header where it becomes too large, and may lose its place in what follows: that is the end
# of the connection, which the sender is told as UNAVAILABLE.
@pytest.mark.parametrize("kilobytes", [40, 1000])
def test_metadata_is_bounded(refused, kilobytes):
    flood = [(f"x-flood-{i}", "x" * 1000) for i in range(kilobytes)]
    assert refused(plan(name="x"), metadata=flood).code() in (
        grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE,
    )


def test_a_bomb_is_not_unpacked(refused, daemon):
    def peak():
        with open(f"/proc/{daemon.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

    before = peak()
    # 200 KB when compressed.
    error = refused(plan(name="x" * (200 * MIB)), compression=grpc.Compression.Gzip)
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED
    assert peak() - before < 50 << 10, "KiB"
