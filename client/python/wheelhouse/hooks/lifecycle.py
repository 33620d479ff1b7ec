"""What an engineer writes: six methods, one for each stage, of which any may be left out."""

from __future__ import annotations

import difflib
import enum
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from wheelhouse.v1 import failure_pb2, step_pb2

if TYPE_CHECKING:
    from wheelhouse.hooks.chart import Chart

_Method = TypeVar("_Method", bound=Callable[..., Any])

# In the order in which they run.
STAGES = ("check_prerequisites", "pre_exec", "exec", "post_exec", "validate", "on_deploy_failure")


class Effect(enum.Enum):
    """What a call does, which decides what happens when the process that made it dies: see HookEffect in step.proto.

    It counts where the lifecycle is served inline. A `hook` step of a plan has an `effect` of its own; a worker warns when
    the two differ.
    """

    READ_ONLY = step_pb2.HOOK_EFFECT_READ_ONLY
    REPEATABLE = step_pb2.HOOK_EFFECT_REPEATABLE
    CHECKABLE = step_pb2.HOOK_EFFECT_CHECKABLE
    ONCE = step_pb2.HOOK_EFFECT_ONCE


class HookFailed(Exception):
    """Raised by a method to fail its step.

    `reason`: an UPPER_SNAKE word of your own, for programs: `details["hook_reason"]` of the failure, whose own reason is
    STEP_FAILED. `retryable`: whether the step's retry may repeat it. Any other exception fails the step too, and is not
    retried.
    """

    def __init__(self, message: str, reason: str = "", retryable: bool = False):
        super().__init__(message)
        self.reason = reason
        self.retryable = retryable


def effect(what: Effect) -> Callable[[_Method], _Method]:
    """Says what a method does. Without it a method is ONCE; check_prerequisites is always READ_ONLY."""

    def mark(method: _Method) -> _Method:
        method.wheelhouse_effect = what  # type: ignore[attr-defined]
        return method

    return mark


class Lifecycle:
    """The lifecycle of a chart, in code. Override the stages that are not what you want; the chart is not forked.

    A method gets the chart (`wheelhouse.Chart`): its facts, the input from the plan, the payload of the steps before it, and
    the cluster. It may be `async`: then it gets a `wheelhouse.AsyncChart`, whose methods are awaited. What it returns, if it
    is text, is the step's outcome. One object may be called for several charts at the same time.

    `version` is part of what is deployed: with another one a release that is otherwise unchanged is upgraded, so that the
    methods run. A run keeps to the version that it began with.

    `values` and `secret_values`: paths of the chart's values (`image.tag`) that the methods find in `chart.values` when the
    lifecycle is served inline; other plans name them in their steps (HookStep.values). A value that is a secret, or holds one,
    fails the step, unless it is one of `secret_values`.
    """

    version = ""
    values: Sequence[str] = ()
    secret_values: Sequence[str] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """TypeError for what would never be called, or fail when it is: a stage's name misspelt, or another signature."""
        super().__init_subclass__(**kwargs)
        for name, method in vars(cls).items():
            if not inspect.isfunction(method) and not isinstance(method, (staticmethod, classmethod)):
                continue
            if name in (*STAGES, "preview"):
                _check_method(f"{cls.__qualname__}.{name}", name, method)
            elif near := not name.startswith("_") and difflib.get_close_matches(name, STAGES, 1, 0.85):
                raise TypeError(
                    f"{cls.__qualname__}.{name} would never be called: did you mean {near[0]}? A method that is none of the "
                    "stages needs a name that is less like one, or begins with _"
                )

    def check_prerequisites(self, chart: Chart) -> str | None:
        """Before anything is changed. Reads only; raise HookFailed to stop the deploy."""

    def pre_exec(self, chart: Chart) -> str | None:
        """Before helm, when the namespace exists."""

    def exec(self, chart: Chart) -> str | None:
        """Instead of helm, which is not run when this is overridden."""

    def post_exec(self, chart: Chart) -> str | None:
        """After helm, when the objects are ready."""

    def validate(self, chart: Chart) -> str | None:
        """Does it work? A failure is remediated, as one of the stages before it is."""

    def on_deploy_failure(self, chart: Chart) -> str | None:
        """After a failure, before it is remediated. `chart.failure` says what failed."""

    def preview(self, chart: Chart) -> str | None:
        """In a preview, for each overridden stage that is READ_ONLY: what it would do. Reads only."""
        return f"calls {chart.stage}"


def _check_method(where: str, name: str, method: Any) -> None:
    arguments = 1 if isinstance(method, staticmethod) else 2
    function = getattr(method, "__func__", method)
    signature = inspect.signature(function)
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        raise TypeError(f"{where} is called with the chart alone: it must be {name}(self, chart), not {name}{signature}") from None
    declared = declared_effect(function)
    if name == "check_prerequisites" and declared not in (None, Effect.READ_ONLY):
        raise TypeError(f"{where} comes before anything is changed: it can only be READ_ONLY, not {declared.name}")


def check_lifecycle(name: str, lifecycle: object) -> None:
    """TypeError unless it is an object of a Lifecycle."""
    if isinstance(lifecycle, type) and issubclass(lifecycle, Lifecycle):
        raise TypeError(f"the lifecycle of {name} is the class {lifecycle.__name__}: make an object of it, {lifecycle.__name__}()")
    if not isinstance(lifecycle, Lifecycle):
        raise TypeError(f"the lifecycle of {name} is a {type(lifecycle).__name__}, and no wheelhouse.Lifecycle")


def overridden(lifecycle: Lifecycle) -> list[str]:
    """The stages whose methods the class has itself, in the order in which they run."""
    return [stage for stage in STAGES if getattr(type(lifecycle), stage) is not getattr(Lifecycle, stage)]


def declared_effect(method: object) -> Effect | None:
    """What the code says of a method; None where it says nothing."""
    return getattr(method, "wheelhouse_effect", None)


def effect_of(lifecycle: Lifecycle, stage: str) -> Effect:
    """What the method of a stage does."""
    otherwise = Effect.READ_ONLY if stage == "check_prerequisites" else Effect.ONCE
    return declared_effect(getattr(lifecycle, stage)) or otherwise


def name_of(stage: failure_pb2.Stage) -> str:
    """`pre_exec` of STAGE_PRE_EXEC."""
    return failure_pb2.Stage.Name(stage).removeprefix("STAGE_").lower()
