"""A thin client: the stubs, upload of charts, and errors with their reason."""

from __future__ import annotations

import io
import os
import tarfile
import time
import uuid
from collections.abc import Iterator

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from wheelhouse.v1 import (
    chart_service_pb2,
    chart_service_pb2_grpc,
    deployer_service_pb2,
    deployer_service_pb2_grpc,
    event_pb2,
    plan_pb2,
    release_service_pb2,
    release_service_pb2_grpc,
    run_pb2,
    server_service_pb2,
    server_service_pb2_grpc,
)

_CHUNK = 256 * 1024
_COME_BACK_FOR = 30.0  # seconds without a word from the daemon
_PAUSE = 0.5


class Error(Exception):
    """An RPC that failed. `reason` is the table's UPPER_SNAKE string, `violations` the wrong fields by path."""

    def __init__(self, error: grpc.RpcError):
        self.code = error.code()
        self.reason = ""
        self.violations: dict[str, str] = {}
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                self.reason = info.reason
            elif detail.Unpack(request):
                self.violations = {v.field: v.description for v in request.field_violations}
        super().__init__(f"{self.reason or self.code.name}: {error.details()}")

    @property
    def lost_stream(self) -> bool:
        """Whether a watch that ended so can be opened again: the run goes on."""
        # A server that ends cancels calls that it has not taken; what the daemon cancels has a reason.
        cancelled = self.code == grpc.StatusCode.CANCELLED and not self.reason
        return cancelled or self.code == grpc.StatusCode.UNAVAILABLE or self.reason == "WATCHER_TOO_SLOW"


def tls(ca: str, cert: str, key: str) -> grpc.ChannelCredentials:
    """Mutual TLS from PEM files: who signs the daemon's certificate, this caller's certificate, and its key."""

    def read(path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read()

    return grpc.ssl_channel_credentials(read(ca), read(key), read(cert))


class Client:
    """One connection to a daemon. Thread-safe, as gRPC channels are.

    `server` is `unix:///run/wheelhouse/wheelhouse.sock` or `host:port`; None takes WHEELHOUSE_SERVER. TCP needs
    `credentials` with a certificate that the daemon's clientCa has signed:

        Client("deployer.example:8443", wheelhouse.tls("daemon-ca.crt", "ci.crt", "ci.key"))
    """

    def __init__(self, server: str | None = None, credentials: grpc.ChannelCredentials | None = None):
        server = server or os.environ.get("WHEELHOUSE_SERVER") or "unix:///run/wheelhouse/wheelhouse.sock"
        if credentials:
            self.channel = grpc.secure_channel(server, credentials)
        else:
            self.channel = grpc.insecure_channel(server, options=[("grpc.default_authority", "localhost")])
        self.deployer = deployer_service_pb2_grpc.DeployerServiceStub(self.channel)
        self.charts = chart_service_pb2_grpc.ChartServiceStub(self.channel)
        self.releases = release_service_pb2_grpc.ReleaseServiceStub(self.channel)
        self.server = server_service_pb2_grpc.ServerServiceStub(self.channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def upload_chart(self, path: str) -> chart_service_pb2.UploadChartResponse:
        """Uploads a chart: a folder (packed here) or a .tgz. The answer's digest goes into ChartSource."""
        data = _pack(path) if os.path.isdir(path) else open(path, "rb").read()
        chunks = (
            chart_service_pb2.UploadChartRequest(chunk=data[at : at + _CHUNK]) for at in range(0, len(data), _CHUNK)
        )
        return _call(self.charts.UploadChart, chunks)

    def deploy(self, plan: plan_pb2.Plan, **request: object) -> Iterator[event_pb2.RunEvent]:
        """Creates a run and yields its events until it has ended, as `watch` does. `request`: further fields of
        CreateRunRequest."""
        request.setdefault("request_id", uuid.uuid4().hex)  # finds the run again when the answer was lost
        deploy = deployer_service_pb2.DeployRequest(run=deployer_service_pb2.CreateRunRequest(plan=plan, **request))
        yield from self._follow(lambda: self.deployer.Deploy(deploy), "", 0)

    def create_run(self, plan: plan_pb2.Plan, **request: object) -> run_pb2.Run:
        """Creates a run and returns at once."""
        return _call(self.deployer.CreateRun, deployer_service_pb2.CreateRunRequest(plan=plan, **request)).run

    def watch(self, run_id: str, after_sequence: int = 0) -> Iterator[event_pb2.RunEvent]:
        """Yields a run's snapshot, its events after `after_sequence`, and what comes, until the run has ended.

        A stream that is lost (the daemon restarts, the reader was too slow) is opened again, for 30 s without a word
        from the daemon; every numbered event is yielded once, in order, and one snapshot.
        """
        yield from self._follow(None, run_id, after_sequence)

    def _follow(self, first, run_id: str, last: int) -> Iterator[event_pb2.RunEvent]:
        told, heard, error = set(), time.monotonic(), None
        while True:
            request = deployer_service_pb2.WatchRunRequest(run_id=run_id, after_sequence=last)
            try:
                stream = self.deployer.WatchRun(request) if run_id else first()
            except ValueError:  # this client was closed
                if error is None:
                    raise
                raise error from None
            try:
                for response in stream:
                    event, heard = response.event, time.monotonic()
                    run_id, what = event.run_id, event.WhichOneof("event")
                    # Each stream begins with these two.
                    again = event.sequence <= last if event.sequence else what in told & {"snapshot", "sync"}
                    last = max(last, event.sequence)
                    told.add(what)
                    if not again:
                        yield event
                return
            except grpc.RpcError as rpc:
                error = Error(rpc)
                # What never began fails at once, as other calls do.
                if not (told and error.lost_stream) or time.monotonic() > heard + _COME_BACK_FOR:
                    raise error from rpc
            finally:
                stream.cancel()
            time.sleep(_PAUSE)

    def get_run(self, run_id: str) -> run_pb2.Run:
        """One run as it stands."""
        return _call(self.deployer.GetRun, deployer_service_pb2.GetRunRequest(run_id=run_id)).run

    def list_runs(self, **request: object) -> deployer_service_pb2.ListRunsResponse:
        """A page of runs; fields of ListRunsRequest."""
        return _call(self.deployer.ListRuns, deployer_service_pb2.ListRunsRequest(**request))

    def cancel_run(self, run_id: str, force: bool = False) -> run_pb2.Run:
        """Asks a run to end."""
        request = deployer_service_pb2.CancelRunRequest(run_id=run_id, force=force)
        return _call(self.deployer.CancelRun, request).run

    def retry_run(self, run_id: str, request_id: str = "") -> run_pb2.Run:
        """Makes a run that does the plan of a failed or cancelled one again."""
        request = deployer_service_pb2.RetryRunRequest(run_id=run_id, request_id=request_id)
        return _call(self.deployer.RetryRun, request).run

    def list_profiles(self) -> list[server_service_pb2.Profile]:
        """What the daemon knows of well-known charts: ChartInfo.profile names one."""
        return list(_call(self.server.ListProfiles, server_service_pb2.ListProfilesRequest()).profiles)

    def list_releases(self, **request: object) -> release_service_pb2.ListReleasesResponse:
        """A page of the releases of a cluster or a namespace; fields of ListReleasesRequest."""
        return _call(self.releases.ListReleases, release_service_pb2.ListReleasesRequest(**request))

    def get_release(self, namespace: str, name: str, cluster: str = "") -> release_service_pb2.Release:
        """One release with its newest revision."""
        request = release_service_pb2.GetReleaseRequest(cluster=cluster, namespace=namespace, name=name)
        return _call(self.releases.GetRelease, request).release

    def list_revisions(self, namespace: str, name: str, cluster: str = "") -> list[release_service_pb2.Revision]:
        """All revisions of a release, newest first."""
        request = release_service_pb2.ListRevisionsRequest(cluster=cluster, namespace=namespace, name=name)
        return list(_call(self.releases.ListRevisions, request).revisions)

    def rollback_release(self, namespace: str, name: str, **request: object) -> run_pb2.Run:
        """Makes a run that rolls a release back; further fields of RollbackReleaseRequest."""
        rollback = release_service_pb2.RollbackReleaseRequest(namespace=namespace, name=name, **request)
        return _call(self.releases.RollbackRelease, rollback).run

    def unlock_release(self, namespace: str, name: str, **request: object) -> run_pb2.Run:
        """Makes a run that frees a release of the lock of a killed helm; further fields of UnlockReleaseRequest."""
        unlock = release_service_pb2.UnlockReleaseRequest(namespace=namespace, name=name, **request)
        return _call(self.releases.UnlockRelease, unlock).run

    def status(self, check_clusters: bool = False) -> server_service_pb2.GetStatusResponse:
        """The daemon's status."""
        return _call(self.server.GetStatus, server_service_pb2.GetStatusRequest(check_clusters=check_clusters))


def _call(method, request):
    try:
        return method(request)
    except grpc.RpcError as error:
        raise Error(error) from error


def _pack(folder: str) -> bytes:
    """A gzipped tar of the chart's folder, under the folder's name. Only the files count for the digest."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.add(folder, arcname=os.path.basename(os.path.abspath(folder)))
    return archive.getvalue()
