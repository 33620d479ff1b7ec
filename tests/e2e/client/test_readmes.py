"""The READMEs of the packages: their programs run as they are written, and their workers serve the plans beside them.

Each is run twice: the second time nothing has changed, and what changes the cluster is not called.
"""

import os
import re
import subprocess
import sys

import pytest

from harness.daemon import wait_for
from harness.paths import TOP

# The folder in which the READMEs' `charts/web` is, and the namespace that they deploy to.
WHERE, NAMESPACE = TOP / "tests", "shop"


def blocks(readme, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (TOP / readme).read_text(), re.M | re.S)


def python(text, folder):
    program = folder / "program.py"
    program.write_text(text)
    return [sys.executable, program]


def go(text, folder):
    """As `go run`, but the process that is started is the program itself."""
    source, program = folder / "main.go", folder / "program"
    source.write_text(text)
    tool = subprocess.check_output([TOP / "tests/sandbox/tool", "go"], text=True).strip()
    subprocess.run([tool, "build", "-o", program, source], cwd=TOP / "client/go", check=True, timeout=600)
    return [program]


README = {"python": "client/python/README.md", "go": "client/go/README.md"}
BUILD = {"python": python, "go": go}


@pytest.fixture
def environment(daemon):
    known = {name: value for name, value in os.environ.items() if name != "CI_JOB_ID"}
    return {**known, "WHEELHOUSE_SERVER": daemon.server, "PYTHONPATH": str(TOP / "client/python")}


def replaced(text, namespace):
    assert NAMESPACE in text and "charts/web" in text
    return text.replace(NAMESPACE, namespace)


def run(command, environment):
    return subprocess.run(command, cwd=WHERE, env=environment, capture_output=True, text=True, timeout=600)


def served_twice(command, environment, cli, plan):
    """What two deploys of the plan print while the worker serves it, and what the worker ends with."""
    with subprocess.Popen(command, env=environment) as worker:
        try:
            served, again = cli("apply", "-f", plan), cli("apply", "-f", plan)
        finally:
            worker.terminate()
    return served, again, worker.returncode


@pytest.mark.parametrize("language", README)
def test_the_program_that_deploys(language, environment, namespace, tmp_path):
    text = replaced(blocks(README[language], language)[0], namespace)
    command = BUILD[language](text, tmp_path)
    result = run(command, environment)
    assert result.returncode == 0, result.stderr
    step = {"python": "Web.pre_exec", "go": "web.pre_exec"}[language]
    # What it came to is said once.
    assert f"{namespace}/web pre_exec/{step} SUCCEEDED the settings are there\n" in result.stdout
    assert result.stdout.count("the settings are there") == 1
    assert result.stdout.endswith("SUCCEEDED\n")
    again = run(command, environment)
    assert again.returncode == 0, again.stderr
    assert f"{namespace}/web check_prerequisites/decide SUCCEEDED UNCHANGED" in again.stdout
    assert step not in again.stdout and again.stdout.endswith("SUCCEEDED\n")
    # A deploy that cannot work ends with an error.
    text = text.replace('"replicas"', '"podBehaviour"').replace('"2"', '"image-pull-error"')
    broken = run(BUILD[language](text, tmp_path), environment)
    assert broken.returncode != 0 and "POD_FAILING" in broken.stderr.splitlines()[-1]


@pytest.mark.parametrize("language", README)
def test_the_worker_serves_the_plan_beside_it(language, environment, namespace, tmp_path, cli, client):
    command = BUILD[language](blocks(README[language], language)[1].replace("drain-queue", namespace), tmp_path)
    plan = tmp_path / "plan.yaml"
    text = replaced(blocks(README[language], "yaml")[0], namespace).replace("charts/web", str(WHERE / "charts/web"))
    plan.write_text(text.replace("drain-queue", namespace))
    served, again, code = served_twice(command, environment, cli, plan)
    assert served.returncode == 0, served.stderr
    assert "drained orders" in served.stdout
    assert again.returncode == 0 and "UNCHANGED" in again.stdout, again.stderr
    assert code == 0


@pytest.mark.parametrize("language", README)
def test_the_example_of_a_worker_serves_its_plan_though_it_is_killed(language, environment, namespace, tmp_path, cli, client):
    folder = TOP / "client" / language / "examples" / "worker"
    source = next(one for one in folder.iterdir() if one.suffix in (".py", ".go"))
    command = BUILD[language](source.read_text().replace('"settings": ', f'"{namespace}": '), tmp_path)
    plan = tmp_path / "plan.yaml"
    text = replaced((folder / "plan.yaml").read_text(), namespace).replace("../../../..", str(TOP))
    plan.write_text(text.replace("hook: {name: settings", f"hook: {{name: {namespace}"))
    with subprocess.Popen(command, env=environment) as worker:
        wait_for("it is attached", lambda: any(w.hooks[0].name == namespace for w in client.list_hooks().workers))
        worker.kill()
    served, again, code = served_twice(command, environment, cli, plan)
    assert served.returncode == 0, served.stderr
    assert "the settings are blue" in served.stdout and "the settings are still blue" in served.stdout
    assert again.returncode == 0, again.stderr
    assert "the settings are blue" not in again.stdout and "the settings are still blue" in again.stdout


def test_the_program_of_the_first_readme(environment, namespace, tmp_path):
    program, = blocks("README.md", "python")
    command = python(replaced(program, namespace), tmp_path)
    result, again = run(command, environment), run(command, environment)
    assert result.returncode == 0, result.stderr
    assert f"{namespace}/web pre_exec/Web.pre_exec SUCCEEDED" in result.stdout
    assert again.returncode == 0 and "UNCHANGED" in again.stdout, again.stderr
