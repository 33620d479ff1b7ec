"""A thin client: the stubs, the upload of charts, and a watch that opens a lost stream again."""

from __future__ import annotations

import io
import itertools
import os
import tarfile
import uuid
from collections.abc import Iterator, Mapping

import grpc

from wheelhouse import deploying, plan_file, watch
from wheelhouse.error import Error
from wheelhouse.hooks import inline
from wheelhouse.hooks.lifecycle import Lifecycle
from wheelhouse.v1 import (
    chart_pb2,
    chart_service_pb2,
    chart_service_pb2_grpc,
    deployer_service_pb2,
    deployer_service_pb2_grpc,
    event_pb2,
    hook_service_pb2,
    hook_service_pb2_grpc,
    plan_pb2,
    plan_service_pb2,
    plan_service_pb2_grpc,
    release_service_pb2,
    release_service_pb2_grpc,
    run_pb2,
    server_service_pb2,
    server_service_pb2_grpc,
)

_CHUNK = 256 * 1024
# The picture of a run is one message: at most 500 charts, each with 64 KiB of evidence, which the run's failure repeats.
# gRPC's own bound is 4 MiB.
_LARGEST_MESSAGE = 128 << 20
# The default backoff grows to two minutes; a daemon that restarts is back in a moment.
_RECONNECT = [(f"grpc.{bound}_reconnect_backoff_ms", int(watch.PAUSE * 1000)) for bound in ("initial", "max")]
_OPTIONS = [*_RECONNECT, ("grpc.max_receive_message_length", _LARGEST_MESSAGE)]


def _default_server() -> str:
    """Where wheelhoused listens when its configuration says nothing, as the command line has it too."""
    if os.geteuid() == 0:
        return "unix:///run/wheelhouse/wheelhouse.sock"
    if folder := os.environ.get("XDG_RUNTIME_DIR"):
        return f"unix://{folder}/wheelhouse/wheelhouse.sock"
    raise ValueError(
        "the daemon's address is missing: name a server, or set WHEELHOUSE_SERVER (XDG_RUNTIME_DIR is not set either)"
    )


def tls(ca: str, cert: str, key: str) -> grpc.ChannelCredentials:
    """Mutual TLS from PEM files: the CA of the daemon's certificate, the caller's certificate, and its key."""

    def read(path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read()

    return grpc.ssl_channel_credentials(read(ca), read(key), read(cert))


class Client:
    """One connection to a daemon. Thread-safe, as gRPC channels are.

    `server` is `unix:///run/wheelhouse/wheelhouse.sock` or `host:port`. None means WHEELHOUSE_SERVER, or else where a daemon
    listens by default: /run/wheelhouse/wheelhouse.sock as root, $XDG_RUNTIME_DIR/wheelhouse/wheelhouse.sock as anybody else;
    ValueError when none of these is set. TCP needs `credentials` with a certificate that the daemon's clientCa signed:

        Client("deployer.example:8443", wheelhouse.tls("daemon-ca.crt", "ci.crt", "ci.key"))
    """

    def __init__(self, server: str | None = None, credentials: grpc.ChannelCredentials | None = None):
        server = server or os.environ.get("WHEELHOUSE_SERVER") or _default_server()
        if credentials:
            self.channel = grpc.secure_channel(server, credentials, options=_OPTIONS)
        else:
            options = [*_OPTIONS, ("grpc.default_authority", "localhost")]
            self.channel = grpc.insecure_channel(server, options=options)
        self.deployer = deployer_service_pb2_grpc.DeployerServiceStub(self.channel)
        self.charts = chart_service_pb2_grpc.ChartServiceStub(self.channel)
        self.plans = plan_service_pb2_grpc.PlanServiceStub(self.channel)
        self.releases = release_service_pb2_grpc.ReleaseServiceStub(self.channel)
        self.server = server_service_pb2_grpc.ServerServiceStub(self.channel)
        self.hooks = hook_service_pb2_grpc.HookServiceStub(self.channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def upload_chart(self, path: str) -> chart_service_pb2.UploadChartResponse:
        """Uploads a chart: a folder (packed here) or a .tgz, with its provenance file (PATH.prov) where there is one.

        The digest in the response goes into ChartSource.
        """
        data = _pack(path) if os.path.isdir(path) else _read(path)
        provenance = _read(f"{path}.prov") if os.path.isfile(f"{path}.prov") and os.path.isfile(path) else b""
        requests = [chart_service_pb2.UploadChartRequest(provenance=provenance)] if provenance else []
        chunks = (
            chart_service_pb2.UploadChartRequest(chunk=data[at : at + _CHUNK]) for at in range(0, len(data), _CHUNK)
        )
        return _call(self.charts.UploadChart, itertools.chain(requests, chunks))

    def build_dependencies(self, digest: str) -> chart_service_pb2.BuildDependenciesResponse:
        """Completes an uploaded chart with those that it depends on; the response's digest goes into ChartSource."""
        return _call(self.charts.BuildDependencies, chart_service_pb2.BuildDependenciesRequest(digest=digest))

    def load_plan(self, path: str | os.PathLike[str], *flags: str) -> plan_pb2.Plan:
        """The plan of a plan file, its charts uploaded: for `deploy` and the others.

        The command line `wheelhouse` reads it, which must be on the PATH, or be named by WHEELHOUSE_CLI. `flags` are those of
        its `plan pack`: load_plan("plan.yaml", "--environment", "prod"). ValueError with what is wrong with the file.
        """

        def upload(archive: str) -> tuple[str, str]:
            chart = self.upload_chart(archive)
            missing = chart.missing_dependencies
            return self.build_dependencies(chart.digest).digest if missing else chart.digest, chart.name

        return plan_file.read(path, flags, upload)

    def resolve_chart(self, source: chart_pb2.ChartSource) -> chart_service_pb2.ResolveChartResponse:
        """Finds out which version and content of a repository or registry `source` means now.

        The response's source, in a plan, gets exactly this chart.
        """
        return _call(self.charts.ResolveChart, chart_service_pb2.ResolveChartRequest(source=source))

    def deploy(
        self,
        plan: plan_pb2.Plan | None = None,
        lifecycles: Mapping[str, Lifecycle] | None = None,
        when_gone: str = "",
        heartbeat: float | None = None,
        reconnect_for: float | None = None,
        **request: object,
    ) -> Iterator[event_pb2.RunEvent]:
        """Creates a run when the first event is asked for, and yields its events until it has ended, as `watch` does.

        RunFailed, after the last event, when the run did not succeed.

        `lifecycles`: code of this process, by the names of charts, which is called in their stages while the events are
        being read. `when_gone`: what their steps do when this process is gone: WAIT until somebody deploys the same plan
        with the same request_id and lifecycles again, or FAIL, so that the run is remediated. Default: WAIT with a
        request_id; FAIL without, since nobody can come back. `heartbeat`: after how many seconds of silence this process
        counts as gone. Default 30. `reconnect_for`: how many seconds the daemon may be away before RunLost is raised, though
        the run may still be going on. Default 300 with lifecycles, 30 without.

        `request`: further fields of CreateRunRequest: `saved_plan` instead of a plan, `mode`, `request_id` ... The same
        request_id is the same run: a deploy that was begun with it is continued, and one that has ended is only told
        again. So it belongs to one deploy: the CI job's id, say.
        """
        known = bool(request.get("request_id"))
        request_id = str(request.get("request_id") or uuid.uuid4().hex)  # finds the run again when the response was lost
        request["request_id"], again = request_id, request_id if known else ""
        plan = deploying.checked(plan)
        if not lifecycles:
            return deploying.run(self, plan, request, again, reconnect_for)
        if plan is None:
            raise ValueError("lifecycles need a plan: a saved plan is applied as it was shown")
        scope = inline.scope_of(request_id)
        plan = inline.with_steps(plan, lifecycles, scope, when_gone or ("WAIT" if known else "FAIL"), heartbeat)
        return deploying.run_serving(self, plan, request, lifecycles, scope, again, reconnect_for)

    def create_run(self, plan: plan_pb2.Plan | None = None, **request: object) -> run_pb2.Run:
        """Creates a run and returns it at once. `request`: further fields of CreateRunRequest."""
        return _call(self.deployer.CreateRun, deployer_service_pb2.CreateRunRequest(plan=deploying.checked(plan), **request)).run

    def watch(self, run_id: str, after_sequence: int = 0) -> Iterator[event_pb2.RunEvent]:
        """Yields a run's snapshot, its events after `after_sequence`, and new events as they come, until it has ended.

        A lost stream is opened again, as the rule of DeployerService.WatchRun says: each numbered event is yielded once,
        in order, and only one snapshot and one sync. It only looks: the end of a run that failed is no exception here. RunLost
        when the daemon has been away for 30 s.
        """
        yield from watch.follow(lambda run_id, last: watch.stream(self.deployer, run_id, last), run_id, after_sequence)

    def get_run(self, run_id: str) -> run_pb2.Run:
        """Returns one run as it is now."""
        return _call(self.deployer.GetRun, deployer_service_pb2.GetRunRequest(run_id=run_id)).run

    def list_runs(self, **request: object) -> deployer_service_pb2.ListRunsResponse:
        """Returns a page of runs. `request`: fields of ListRunsRequest."""
        return _call(self.deployer.ListRuns, deployer_service_pb2.ListRunsRequest(**request))

    def cancel_run(self, run_id: str, force: bool = False) -> run_pb2.Run:
        """Asks a run to end."""
        request = deployer_service_pb2.CancelRunRequest(run_id=run_id, force=force)
        return _call(self.deployer.CancelRun, request).run

    def retry_run(self, run_id: str, request_id: str = "") -> run_pb2.Run:
        """Creates a run that runs the plan of a failed or cancelled run again."""
        request = deployer_service_pb2.RetryRunRequest(run_id=run_id, request_id=request_id)
        return _call(self.deployer.RetryRun, request).run

    def save_plan(self, plan: plan_pb2.Plan, **request: object) -> run_pb2.Run:
        """Creates a preview that is saved under its id when it succeeds. `request`: further fields of SavePlanRequest."""
        return _call(self.plans.SavePlan, plan_service_pb2.SavePlanRequest(plan=deploying.checked(plan), **request)).run

    def get_plan(self, plan_id: str) -> plan_service_pb2.SavedPlan:
        """Returns a saved plan with its preview."""
        return _call(self.plans.GetPlan, plan_service_pb2.GetPlanRequest(plan_id=plan_id)).plan

    def list_plans(self, **request: object) -> plan_service_pb2.ListPlansResponse:
        """Returns a page of saved plans. `request`: fields of ListPlansRequest."""
        return _call(self.plans.ListPlans, plan_service_pb2.ListPlansRequest(**request))

    def approve_plan(self, plan_id: str, sha256: str = "") -> plan_service_pb2.SavedPlan:
        """Approves a plan that another caller has saved."""
        return _call(self.plans.ApprovePlan, plan_service_pb2.ApprovePlanRequest(plan_id=plan_id, sha256=sha256)).plan

    def discard_plan(self, plan_id: str) -> None:
        """Deletes a saved plan."""
        _call(self.plans.DiscardPlan, plan_service_pb2.DiscardPlanRequest(plan_id=plan_id))

    def list_profiles(self) -> list[server_service_pb2.Profile]:
        """Returns the daemon's profiles of well-known charts. ChartInfo.profile names one."""
        return list(_call(self.server.ListProfiles, server_service_pb2.ListProfilesRequest()).profiles)

    def list_releases(self, **request: object) -> release_service_pb2.ListReleasesResponse:
        """Returns a page of the releases of a cluster or a namespace. `request`: fields of ListReleasesRequest."""
        return _call(self.releases.ListReleases, release_service_pb2.ListReleasesRequest(**request))

    def get_release(self, namespace: str, name: str, cluster: str = "") -> release_service_pb2.Release:
        """Returns one release with its newest revision."""
        request = release_service_pb2.GetReleaseRequest(cluster=cluster, namespace=namespace, name=name)
        return _call(self.releases.GetRelease, request).release

    def list_revisions(self, namespace: str, name: str, cluster: str = "") -> list[release_service_pb2.Revision]:
        """Returns all revisions of a release, newest first."""
        request = release_service_pb2.ListRevisionsRequest(cluster=cluster, namespace=namespace, name=name)
        return list(_call(self.releases.ListRevisions, request).revisions)

    def get_revision(self, namespace: str, name: str, **request: object) -> release_service_pb2.GetRevisionResponse:
        """Returns what a revision of a release holds, secrets masked. `request`: further fields of GetRevisionRequest."""
        content = release_service_pb2.GetRevisionRequest(namespace=namespace, name=name, **request)
        return _call(self.releases.GetRevision, content)

    def diff_revisions(
        self, namespace: str, name: str, from_revision: int, to_revision: int = 0, cluster: str = ""
    ) -> release_service_pb2.DiffRevisionsResponse:
        """Returns where two revisions of a release differ, secrets masked. `to_revision` 0 means the newest."""
        request = release_service_pb2.DiffRevisionsRequest(
            cluster=cluster, namespace=namespace, name=name, from_revision=from_revision, to_revision=to_revision
        )
        return _call(self.releases.DiffRevisions, request)

    def get_release_tree(
        self, namespace: str, name: str, cluster: str = ""
    ) -> release_service_pb2.GetReleaseTreeResponse:
        """Returns the objects of a release, what the cluster made for them, and whether they are ready."""
        request = release_service_pb2.GetReleaseTreeRequest(cluster=cluster, namespace=namespace, name=name)
        return _call(self.releases.GetReleaseTree, request)

    def check_drift(self, **request: object) -> Iterator[release_service_pb2.ReleaseDrift]:
        """Where the cluster differs from releases, one after the other: check_drift(namespace="demo"), or releases=[...].
        Nothing is changed."""
        check = release_service_pb2.CheckDriftRequest(**request)
        while True:
            page = _call(self.releases.CheckDrift, check)
            yield from page.releases
            if not page.next_page_token:
                return
            check.page_token = page.next_page_token

    def stream_release_logs(
        self, namespace: str, name: str, **request: object
    ) -> Iterator[release_service_pb2.PodLogLine]:
        """Yields the lines that the pods of a release print, secrets masked.

        With `follow=True` it goes on until the iterator is closed. `request`: further fields of StreamReleaseLogsRequest.
        """
        logs = release_service_pb2.StreamReleaseLogsRequest(namespace=namespace, name=name, **request)
        stream = self.releases.StreamReleaseLogs(logs)
        try:
            for response in stream:
                yield from response.lines
        except grpc.RpcError as error:
            raise Error(error) from None
        finally:
            stream.cancel()

    def rollback_release(self, namespace: str, name: str, **request: object) -> run_pb2.Run:
        """Creates a run that rolls a release back. `request`: further fields of RollbackReleaseRequest."""
        rollback = release_service_pb2.RollbackReleaseRequest(namespace=namespace, name=name, **request)
        return _call(self.releases.RollbackRelease, rollback).run

    def unlock_release(self, namespace: str, name: str, **request: object) -> run_pb2.Run:
        """Creates a run that removes the lock that a killed helm left on a release.

        `request`: further fields of UnlockReleaseRequest.
        """
        unlock = release_service_pb2.UnlockReleaseRequest(namespace=namespace, name=name, **request)
        return _call(self.releases.UnlockRelease, unlock).run

    def list_hooks(self) -> hook_service_pb2.ListHooksResponse:
        """Returns the caller's workers that are attached, and its calls that wait for one."""
        return _call(self.hooks.ListHooks, hook_service_pb2.ListHooksRequest())

    def status(self, check_clusters: bool = False) -> server_service_pb2.GetStatusResponse:
        """Returns the daemon's status."""
        return _call(self.server.GetStatus, server_service_pb2.GetStatusRequest(check_clusters=check_clusters))


def _call(method, request):
    try:
        return method(request)
    except grpc.RpcError as error:
        raise Error(error) from None


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _pack(folder: str) -> bytes:
    """Packs the chart's folder into a gzipped tar, under the folder's name. Only the files count for the digest."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.add(folder, arcname=os.path.basename(os.path.abspath(folder)))
    return archive.getvalue()
