"""releases, history, rollback and unlock, as a user sees them."""

import json

from harness.cli import run
from harness.helm import message


def test_the_commands_print_tables_or_json(daemon, deploy, cluster, namespace):
    deploy(namespace, values={"message": "first"})
    deploy(namespace, values={"message": "second"})
    releases = run(daemon, "releases", "-n", namespace)
    assert releases.returncode == 0, releases.stderr
    assert releases.stdout.splitlines()[0].split()[:4] == ["NAMESPACE", "NAME", "REVISION", "STATUS"]
    assert releases.stdout.splitlines()[1].split()[:4] == [namespace, "web", "2", "deployed"]
    assert json.loads(run(daemon, "releases", "-n", namespace, "-o", "json").stdout)["releases"][0]["name"] == "web"
    history = run(daemon, "history", "web", "-n", namespace).stdout.splitlines()
    assert [line.split()[:2] for line in history[1:]] == [["2", "deployed"], ["1", "superseded"]]
    assert "good" in history[1]
    back = run(daemon, "rollback", "web", "1", "-n", namespace)
    assert back.returncode == 0 and "ROLLBACK" in back.stdout, back.stderr
    assert message(cluster, namespace) == "first"
    unlock = run(daemon, "unlock", "web", "-n", namespace, "--allow-foreign")
    assert unlock.returncode == 0 and "UNLOCK" in unlock.stdout, unlock.stderr
    assert run(daemon, "history", "absent", "-n", namespace).returncode != 0
    assert run(daemon, "rollback", "web", "0", "-n", namespace).returncode == 2
