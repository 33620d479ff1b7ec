package wheelhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// Effect says what a call of a stage's method does, which decides what happens when the process that made it dies. It counts
// where the lifecycle is served inline; a `hook` step of a plan has an effect of its own, and a worker warns when the two
// differ.
type Effect = wheelhousev1.HookEffect

// The effects: see HookEffect in step.proto.
const (
	ReadOnly   = wheelhousev1.HookEffect_HOOK_EFFECT_READ_ONLY
	Repeatable = wheelhousev1.HookEffect_HOOK_EFFECT_REPEATABLE
	Checkable  = wheelhousev1.HookEffect_HOOK_EFFECT_CHECKABLE
	Once       = wheelhousev1.HookEffect_HOOK_EFFECT_ONCE
)

// Stage is one of the six stages of a chart.
type Stage = wheelhousev1.Stage

// The stages, in the order in which they run.
const (
	CheckPrerequisites = wheelhousev1.Stage_STAGE_CHECK_PREREQUISITES
	PreExec            = wheelhousev1.Stage_STAGE_PRE_EXEC
	Exec               = wheelhousev1.Stage_STAGE_EXEC
	PostExec           = wheelhousev1.Stage_STAGE_POST_EXEC
	Validate           = wheelhousev1.Stage_STAGE_VALIDATE
	OnDeployFailure    = wheelhousev1.Stage_STAGE_ON_DEPLOY_FAILURE
)

var stages = []Stage{CheckPrerequisites, PreExec, Exec, PostExec, Validate, OnDeployFailure}

// Lifecycle is code of yours in the stages of a chart, which is not forked. Embed Base, and add the methods of the stages
// that are not what you want, as the interfaces below have them: CheckPrerequisites, PreExec, Exec, PostExec, Validate,
// OnDeployFailure. The context of a method ends when the run was cancelled, time is up, or another worker has the call.
// One value may be called for several charts at the same time.
type Lifecycle interface {
	// Version is part of what is deployed: with another one a release that is otherwise unchanged is upgraded, so that
	// the methods run. A run keeps to the version that it began with.
	Version() string
	// Effect says what the method of a stage does; 0 means Once. It is not asked for CheckPrerequisites, which only reads.
	Effect(stage Stage) Effect
	// Preview says, in a preview, what the method of chart.Stage would do: for each that is ReadOnly. It only reads.
	Preview(ctx context.Context, chart *Chart) error
}

// Prerequisites are checked before anything is changed. The method only reads; an error stops the deploy.
type Prerequisites interface {
	CheckPrerequisites(ctx context.Context, chart *Chart) error
}

// BeforeExec runs before helm, when the namespace exists.
type BeforeExec interface {
	PreExec(ctx context.Context, chart *Chart) error
}

// OwnExec runs instead of helm.
type OwnExec interface {
	Exec(ctx context.Context, chart *Chart) error
}

// AfterExec runs after helm, when the objects are ready.
type AfterExec interface {
	PostExec(ctx context.Context, chart *Chart) error
}

// Validation finds out whether it works. A failure is remediated, as one of the stages before it is.
type Validation interface {
	Validate(ctx context.Context, chart *Chart) error
}

// AfterFailure runs after a failure, before it is remediated. Chart.Failure says what failed.
type AfterFailure interface {
	OnDeployFailure(ctx context.Context, chart *Chart) error
}

// ValuesReader is given values of the chart, which its methods read with Chart.Value, when it is served inline; other plans
// name them in their steps (HookStep.values). They are paths, such as "image.tag". A value that is a secret, or holds one,
// fails the step, unless it is one of the secret ones.
type ValuesReader interface {
	Values() (plain, secret []string)
}

// Base is a Lifecycle without stages, to be embedded: its version is empty, and every stage but CheckPrerequisites is Once.
type Base struct{}

// Version is empty.
func (Base) Version() string { return "" }

// Effect returns 0, which means Once.
func (Base) Effect(Stage) Effect { return wheelhousev1.HookEffect_HOOK_EFFECT_UNSPECIFIED }

// Preview says that the stage's method is called.
func (Base) Preview(_ context.Context, chart *Chart) error {
	chart.Done("calls " + stageName(chart.Stage))
	return nil
}

// Failed is an error that says more about itself than its message. Any other error fails the step as well, and is not
// retried.
type Failed struct {
	Message string
	// An UPPER_SNAKE word of your own, for programs: Details["hook_reason"] of the failure, whose own reason is STEP_FAILED.
	Reason string
	// Whether the step's retry may repeat the call.
	Retryable bool
}

func (f *Failed) Error() string { return f.Message }

type method func(ctx context.Context, chart *Chart) error

// methodOf returns nil for a stage that the lifecycle does not have.
func methodOf(lifecycle Lifecycle, stage Stage) method {
	switch stage {
	case CheckPrerequisites:
		if one, ok := lifecycle.(Prerequisites); ok {
			return one.CheckPrerequisites
		}
	case PreExec:
		if one, ok := lifecycle.(BeforeExec); ok {
			return one.PreExec
		}
	case Exec:
		if one, ok := lifecycle.(OwnExec); ok {
			return one.Exec
		}
	case PostExec:
		if one, ok := lifecycle.(AfterExec); ok {
			return one.PostExec
		}
	case Validate:
		if one, ok := lifecycle.(Validation); ok {
			return one.Validate
		}
	case OnDeployFailure:
		if one, ok := lifecycle.(AfterFailure); ok {
			return one.OnDeployFailure
		}
	}
	return nil
}

// effectOf is never 0.
func effectOf(lifecycle Lifecycle, stage Stage) Effect {
	if stage == CheckPrerequisites {
		return ReadOnly
	}
	if effect := lifecycle.Effect(stage); effect != 0 {
		return effect
	}
	return Once
}

func stageName(stage Stage) string {
	return strings.ToLower(strings.TrimPrefix(stage.String(), "STAGE_"))
}

// failureOf is nil for a call that succeeded.
func failureOf(ctx context.Context, err error) *wheelhousev1.HookFailure {
	var failed *Failed
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		return &wheelhousev1.HookFailure{Message: err.Error(), Reason: failed.Reason, Retryable: failed.Retryable}
	case ctx.Err() != nil:
		return &wheelhousev1.HookFailure{Message: "the call was cancelled", Reason: "CANCELLED"}
	}
	if err.Error() == "" {
		return &wheelhousev1.HookFailure{Message: fmt.Sprintf("a %T, which has no text", err)}
	}
	return &wheelhousev1.HookFailure{Message: err.Error()}
}
