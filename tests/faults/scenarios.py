"""The runs that are disturbed, and how each of them must end."""

from faults.bench import check_history, statuses, told
from harness.daemon import wait_for
from harness.helm import helms_of
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2

EXTRA = """apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
data: {from: step}
"""


def chart_info(bench, namespace, message, **fields):
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, **fields)
    if info.action != chart_pb2.ACTION_DESTROY:
        info.chart.archive_digest = bench.digest("web")
        info.values.add(key="message", value=message)
    return info


def count_once(steps, key, stage):
    """A step of the resume kind ONCE, which Bench.count("KEY.STAGE") counts."""
    step = steps.add(name=f"once in {stage}")
    step.command.command = "count"
    step.command.args.extend([f"{key}.{stage}", "0.1"])


def expect_message(info, message):
    step = info.stages.validate.after.add()
    step.assertion.object.kind, step.assertion.object.name = "ConfigMap", "web"
    step.assertion.json_path, step.assertion.equals = ".data.message", message


class Scenario:
    """A run of one chart with steps of the caller's: REPEATABLE (apply), CHECKABLE (runJob) and ONCE (command).

    `history`: helm's statuses at the end; `interrupted`: the same when the ONCE step of that stage was begun when the
    daemon was killed, so that the run fails with INTERRUPTED. `message`: what stands on the cluster at the end.
    """

    name = "install"
    state, reason = run_pb2.RUN_STATE_SUCCEEDED, ""
    history, message = ["deployed"], "new"
    interrupted = {"pre_exec": [], "post_exec": []}
    once = ("pre_exec", "post_exec")

    def prepare(self, bench, namespace):
        """What stands before the run."""

    def info(self, bench, namespace):
        return chart_info(bench, namespace, "new")

    def plan(self, bench, namespace):
        info = self.info(bench, namespace)
        stages = info.stages
        before = stages.pre_exec.before.add(name="extra")
        before.apply.manifests = EXTRA
        count_once(stages.pre_exec.after, namespace, "pre_exec")
        stages.post_exec.after.add(name="job").run_job.image = "sandbox.example/job:1.0"
        count_once(stages.post_exec.after, namespace, "post_exec")
        if "on_deploy_failure" in self.once:
            count_once(stages.on_deploy_failure.before, namespace, "on_deploy_failure")
        for step in (step for plan in (stages.pre_exec, stages.post_exec) for step in [*plan.before, *plan.after]):
            step.when.actions.extend([1, 2])  # DEPLOY and DESTROY
        return plan_pb2.Plan(charts=[info])

    # What must hold at the end.

    def check(self, bench, namespace, run, seen):
        """Findings. `seen`: the events before the kill."""
        begun = self.begun_and_not_ended(seen, bench.client.watch(run.id))
        found = statuses(bench.cluster, namespace)
        findings = self.check_once(bench, namespace, run) + self.check_jobs(bench, namespace)
        if begun in self.interrupted:
            findings += check_history(found, self.interrupted[begun])
            if (run.state, run.failure.reason) != (run_pb2.RUN_STATE_FAILED, "INTERRUPTED"):
                findings.append(("lost", f"a ONCE step was begun, and the run is {told(run)}"))
            return findings
        findings += check_history(found, self.history)
        if (run.state, run.failure.reason) != (self.state, self.reason):
            findings.append(("lost", f"the run is {told(run)}"))
        return findings + self.check_work(bench, namespace)

    @staticmethod
    def begun_and_not_ended(seen, stream):
        """The stage whose ONCE step was begun when the daemon was killed."""
        states, resumed = {}, False
        for event in stream:
            if event.log.source == "wheelhoused" and "the daemon has restarted" in event.log.line:
                resumed = True
                break
            step = event.transition
            if event.sequence and step.step.startswith("once in "):
                states[step.step.removeprefix("once in ")] = step.state
        running = [stage for stage, state in states.items() if state == run_pb2.STATE_RUNNING]
        return running[0] if resumed and running else None

    def check_once(self, bench, namespace, run):
        findings = []
        for stage in self.once:
            key = f"{namespace}.{stage}"
            begun, done = bench.count(key, "begun"), bench.count(key, "done")
            told_done = any(
                step.name == f"once in {stage}" and step.state == run_pb2.STATE_SUCCEEDED
                for found in run.charts[0].stages
                for step in found.steps
            )
            if begun > 1:
                findings.append(("doubled", f"the ONCE step in {stage} was begun {begun} times"))
            if told_done and done != 1:
                findings.append(("lost", f"the ONCE step in {stage} is told to be done, and was {done} times"))
        return findings

    @staticmethod
    def check_jobs(bench, namespace):
        selector = "involvedObject.kind=Job,reason=SuccessfulCreate"
        path = "jsonpath={.items[*].involvedObject.uid}"
        pods = bench.cluster.kubectl("get", "events", "-n", namespace, "--field-selector", selector, "-o", path).split()
        return [("doubled", f"the Job's pods were made {len(pods)} times")] if len(pods) > 1 else []

    def check_work(self, bench, namespace):
        """What was told to be done, on the cluster."""
        findings = []
        config = bench.cluster.get("configmap", "web", namespace)
        message = config["data"]["message"] if config else None
        if message != self.message:
            findings.append(("lost", f"the release's message is {message!r}, wanted {self.message!r}"))
        if self.state == run_pb2.RUN_STATE_SUCCEEDED and not bench.cluster.get("configmap", "extra", namespace):
            findings.append(("lost", "what the step `extra` applied is not there"))
        if self.history and self.state == run_pb2.RUN_STATE_SUCCEEDED:
            secret = f"sh.helm.release.v1.web.v{len(self.history)}"
            record = bench.cluster.get("secret", secret, namespace)
            if not record or record["metadata"]["labels"].get("wheelhouse-verdict") != "good":
                findings.append(("lost", f"the record {secret} does not say good"))
        return findings


class Upgrade(Scenario):
    name = "upgrade"
    history = ["superseded", "deployed"]
    interrupted = {"pre_exec": ["deployed"], "post_exec": ["superseded", "superseded", "deployed"]}

    def prepare(self, bench, namespace):
        plan = plan_pb2.Plan(charts=[chart_info(bench, namespace, "old")])
        run = bench.client.get_run([*bench.client.deploy(plan)][0].run_id)
        assert run.state == run_pb2.RUN_STATE_SUCCEEDED, told(run)


class Destroy(Upgrade):
    name = "destroy"
    history, message = [], None
    interrupted = {"pre_exec": ["deployed"], "post_exec": []}

    def info(self, bench, namespace):
        return chart_info(bench, namespace, "", action=chart_pb2.ACTION_DESTROY)


class FailingUpgrade(Upgrade):
    """Its pods cannot start: it is ended early, and rolled back."""

    name = "failing upgrade"
    state, reason = run_pb2.RUN_STATE_FAILED, "POD_FAILING"
    history, message = ["superseded", "failed", "deployed"], "old"
    interrupted = {"pre_exec": ["deployed"]}
    once = ("pre_exec", "on_deploy_failure")

    def info(self, bench, namespace):
        info = chart_info(bench, namespace, "new")
        info.values.add(key="podBehaviour", value="crash-loop")
        info.early_failure.crash_loop_time.seconds = 2
        return info


class FailingInstall(Scenario):
    """It is found bad by a check of the caller's, and uninstalled."""

    name = "failing install"
    state, reason = run_pb2.RUN_STATE_FAILED, "VALIDATION_FAILED"
    history, message = [], None
    once = ("pre_exec", "post_exec", "on_deploy_failure")

    def info(self, bench, namespace):
        info = chart_info(bench, namespace, "new")
        expect_message(info, "what it is not")
        return info


class SlowInstall(Scenario):
    """The run waits 10 s for its pods."""

    name = "slow install"

    def info(self, bench, namespace):
        info = chart_info(bench, namespace, "new")
        info.values.add(key="podBehaviour", value="slow")
        return info


class TakeOver(Upgrade):
    """It takes over from a run that waits for what never gets ready, and stops for it."""

    name = "take over"
    history = ["superseded", "superseded", "deployed"]
    interrupted = {
        "pre_exec": ["superseded", "superseded", "deployed"],
        "post_exec": ["superseded", "superseded", "superseded", "deployed"],
    }

    def prepare(self, bench, namespace):
        super().prepare(bench, namespace)
        stuck = chart_info(bench, namespace, "stuck")
        stuck.values.add(key="podBehaviour", value="never-ready")
        bench.client.create_run(self.named(namespace, plan_pb2.Plan(charts=[stuck])))
        waits = ["superseded", "deployed"]
        wait_for("the older run waits", lambda: statuses(bench.cluster, namespace) == waits and not helms_of(namespace))

    def plan(self, bench, namespace):
        return self.named(namespace, super().plan(bench, namespace))

    @staticmethod
    def named(namespace, plan):
        plan.name, plan.supersede = namespace, plan_pb2.SUPERSEDE_RUNNING
        return plan

    def check(self, bench, namespace, run, seen):
        findings = super().check(bench, namespace, run, seen)
        older = [bench.client.get_run(one) for one in run.takes_over]
        if [(one.state, one.failure.reason) for one in older] != [(run_pb2.RUN_STATE_CANCELLED, "SUPERSEDED")]:
            findings.append(("lost", f"the older run is {[told(one) for one in older]}"))
        return findings


SCENARIOS = {one.name: one for one in (Scenario(), SlowInstall(), Upgrade(), Destroy(), FailingUpgrade(), FailingInstall(), TakeOver())}
