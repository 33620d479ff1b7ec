"""Fixtures of tests that try one step."""

import pytest

import wheelhouse


@pytest.fixture
def with_step(deploy, namespace):
    """Deploys the chart web with steps in post_exec; gives the outcome."""

    def go(*steps, **fields):
        return deploy(namespace, stages={"post_exec": {"after": list(steps)}}, **fields)

    return go


@pytest.fixture
def failure_of(with_step):
    """The failure that such a deploy ends with."""

    def go(*steps, **fields):
        outcome = with_step(*steps, **fields)
        assert outcome.state == "FAILED"
        return outcome.run.failure

    return go


@pytest.fixture
def refused(with_step):
    """The wrong fields that such a plan is refused for, below the first step."""

    def go(step):
        with pytest.raises(wheelhouse.Error) as error:
            with_step(step)
        assert error.value.reason == "PLAN_INVALID"
        prefix = "plan.charts[0].stages.post_exec.after[0]."
        return {field.removeprefix(prefix): what for field, what in error.value.violations.items()}

    return go
