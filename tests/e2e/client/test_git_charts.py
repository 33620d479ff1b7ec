"""Charts in folders of Git repositories: the user's own git fetches one commit, and nothing else of it runs or is read."""

import re
import shutil

import pytest
import yaml

from harness.chart_servers import serve
from harness.git_server import GitServer, git
from harness.paths import CHARTS


class Repository:
    def __init__(self, folder, url):
        self.folder, self.url = folder, url

    def commit(self):
        """The hash of a commit of all that is there."""
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", "more")
        return git(self.folder, "rev-parse", "HEAD")

    def says(self, message):
        values = self.folder / "charts" / "web" / "values.yaml"
        values.write_text(re.sub("message: .*", f"message: {message}", values.read_text()))


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setattr(GitServer, "root", tmp_path / "repositories")
    monkeypatch.setattr(GitServer, "asked", [])
    with serve(GitServer) as address:
        yield address


@pytest.fixture
def repository(server, tmp_path):
    folder = tmp_path / "repositories" / "shop"
    shutil.copytree(CHARTS / "web", folder / "charts" / "web")
    (folder / "README.md").write_text("not of the chart\n")
    git(folder, "init", "-q", "-b", "main")
    return Repository(folder, f"http://{server}/shop/.git")


@pytest.fixture
def run(cli, tmp_path, monkeypatch, namespace):
    """run(chart, command): the command line with a plan that has the chart."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "plan.yaml"

    def go(chart, *command):
        file.write_text(yaml.safe_dump({"charts": [{"name": "web", "namespace": namespace, "chart": chart}]}, sort_keys=False))
        return cli(*(command or ("apply",)), "-f", file)

    return go


def test_a_commit_is_what_is_deployed_wherever_the_branch_goes(run, cluster, namespace, repository):
    repository.says("first")
    first = repository.commit()
    repository.says("second")
    repository.commit()
    chart = {"git": repository.url, "commit": first, "path": "charts/web"}
    applied = run(chart)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "first"
    asked = len(GitServer.asked)
    again = run(chart)
    assert again.returncode == 0 and "UNCHANGED" in again.stdout and len(GitServer.asked) == asked
    repository.says("third")
    shutil.copytree(repository.folder / "charts" / "web", repository.folder, dirs_exist_ok=True)
    third = repository.commit()
    applied = run({"git": repository.url, "commit": third})
    assert applied.returncode == 0, applied.stdout + applied.stderr


def test_a_branch_is_taken_from_the_lock_file_alone(run, cluster, namespace, repository):
    repository.says("first")
    first = repository.commit()
    git(repository.folder, "tag", "-a", "v1", "-m", "the first")
    chart = {"git": repository.url, "ref": "main", "path": "charts/web"}
    unlocked = run(chart)
    assert unlocked.returncode == 2 and "run wheelhouse plan lock" in unlocked.stderr and "plan.yaml:2:" in unlocked.stderr
    locked = run(chart, "plan", "lock")
    assert locked.returncode == 0 and f"{namespace}/web: charts/web main of {repository.url} is {first}\n" in locked.stdout, locked.stderr
    repository.says("second")
    second = repository.commit()
    assert run(chart, "apply", "--locked").returncode == 0
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "first"
    assert f"is {second}, was {first}\n" in run(chart, "plan", "lock", "--update", "web").stdout
    assert run(chart).returncode == 0
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "second"
    tag = run({**chart, "ref": "v1"}, "plan", "lock")
    assert tag.returncode == 0 and f"v1 of {repository.url} is {first}\n" in tag.stdout, tag.stderr
    nothing = run({**chart, "ref": "mian"}, "plan", "lock")
    assert nothing.returncode == 2 and "no such branch or tag" in nothing.stderr and "plan.yaml:2:" in nothing.stderr
    git(repository.folder, "branch", "v1")
    both = run({**chart, "ref": "v1"}, "plan", "lock", "--update-all")
    assert both.returncode == 2 and "write refs/heads/v1 or refs/tags/v1" in both.stderr, both.stderr


@pytest.mark.parametrize(
    ("chart", "wrong"),
    [
        ({"git": "https://git.example/x"}, "git needs either commit, a full hash, or ref, a branch or tag"),
        ({"git": "https://git.example/x", "ref": "--all"}, "chart.ref: must be the name of a branch or tag"),
        ({"git": "https://git.example/x", "ref": "main", "commit": "a" * 40}, "git needs either commit"),
        ({"git": "https://git.example/x", "commit": "main"}, "chart.commit: must be the full hash"),
        ({"git": "https://git.example/x", "commit": "deadbeef"}, "chart.commit: must be the full hash"),
        ({"git": "file:///srv/shop.git", "commit": "a" * 40}, "chart.git: must be https://"),
        ({"git": "/srv/shop.git", "commit": "a" * 40}, "chart.git: must be https://"),
        ({"git": "ext::sh -c true", "commit": "a" * 40}, "chart.git: must be https://"),
        ({"git": "--upload-pack=x@y:z", "commit": "a" * 40}, "chart.git: must be https://"),
        ({"git": "ssh://-oProxyCommand=x/y", "commit": "a" * 40}, "chart.git: must name a host"),
        ({"git": "https://me:secret@git.example/x", "commit": "a" * 40}, "chart.git: must not contain a user"),
        ({"git": "https://git.example/x", "commit": "a" * 40, "path": "../x"}, "chart.path: must be the path"),
        ({"git": "https://git.example/x", "commit": "a" * 40, "path": "/x"}, "chart.path: must be the path"),
        ({"git": "https://git.example/x", "commit": "a" * 40, "version": "1.0.0"}, "chart.version: is only for"),
    ],
)
def test_what_is_no_commit_of_a_repository_is_refused_at_its_line(run, chart, wrong):
    refused = run(chart, "plan", "lint")
    assert refused.returncode == 2 and wrong in refused.stderr, refused.stderr
    assert "plan.yaml:" in refused.stderr and "secret" not in refused.stderr


def test_what_cannot_be_fetched_is_named(run, cluster, namespace, repository):
    commit = repository.commit()
    for chart, wrong in (
        ({"commit": "a" * 40, "path": "charts/web"}, "no such commit"),
        ({"commit": commit, "path": "charts/wbe"}, "there is no folder charts/wbe"),
        ({"commit": commit, "path": "charts"}, "charts is not a chart: it has no Chart.yaml"),
    ):
        failed = run({"git": repository.url, **chart})
        assert failed.returncode == 2 and wrong in failed.stderr and "plan.yaml:" in failed.stderr, failed.stderr
    assert cluster.releases(namespace) == {}


def test_nothing_of_a_repository_or_a_configuration_runs(run, repository, tmp_path, monkeypatch):
    """Filters of the repository and hooks of the user's do not run; links out of the chart are refused."""
    trace = tmp_path / "trace"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-checkout", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >>{trace}\n")
        (hooks / name).chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[core]\n\thooksPath = {hooks}\n[filter "x"]\n\tsmudge = sh -c "echo smudge >>{trace}; cat"\n\trequired = true\n'
        f'[url "file://{repository.folder}/"]\n\tinsteadOf = https://moved.example/\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    (repository.folder / ".gitattributes").write_text("* filter=x\n")
    commit = repository.commit()
    applied = run({"git": repository.url, "commit": commit, "path": "charts/web"})
    assert applied.returncode == 0, applied.stderr
    # For a commit that the server does not give, branches are fetched, which hooks are told of.
    assert run({"git": repository.url, "commit": "a" * 40, "path": "charts/web"}).returncode == 2
    assert not trace.exists()
    moved = run({"git": "https://moved.example/", "commit": commit, "path": "charts/web"})
    assert moved.returncode == 2 and "transport 'file' not allowed" in moved.stderr, moved.stderr
    (repository.folder / "charts" / "web" / "passwd").symlink_to("/etc/passwd")
    linked = run({"git": repository.url, "commit": repository.commit(), "path": "charts/web"})
    assert linked.returncode == 2 and "symbolic link out of the chart" in linked.stderr, linked.stderr
