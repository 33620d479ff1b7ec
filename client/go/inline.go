package wheelhouse

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// scopeOf returns the scope of the hooks of a request: whoever comes back with the request's id serves them again.
func scopeOf(requestID string) string {
	sum := sha256.Sum256([]byte(requestID))
	return hex.EncodeToString(sum[:16])
}

// addSteps adds a hook step for each stage of the lifecycle to the charts of a name, or NAMESPACE/NAME.
func addSteps(
	plan *wheelhousev1.Plan, name string, lifecycle Lifecycle, scope string, asked deployOptions,
) error {
	if err := checkLifecycle(name, lifecycle); err != nil {
		return err
	}
	found := false
	for _, chart := range plan.GetCharts() {
		if name != chart.GetName() && name != chart.GetNamespace()+"/"+chart.GetName() {
			continue
		}
		found = true
		if chart.Stages == nil {
			chart.Stages = &wheelhousev1.Stages{}
		}
		for _, stage := range stages {
			if methodOf(lifecycle, stage) != nil {
				addStep(chart, stage, typeNameOf(lifecycle)+"."+stageName(stage), hookFor(name, lifecycle, stage, scope, asked))
			}
		}
	}
	if !found {
		return fmt.Errorf("the plan has no chart %s", name)
	}
	return nil
}

func hookFor(name string, lifecycle Lifecycle, stage Stage, scope string, asked deployOptions) *wheelhousev1.HookStep {
	hook := &wheelhousev1.HookStep{
		Name: name, Version: lifecycle.Version(), Effect: effectOf(lifecycle, stage), Scope: scope, NoWorker: asked.noWorker,
	}
	if asked.heartbeat != 0 {
		hook.Heartbeat = durationpb.New(asked.heartbeat)
	}
	if reader, ok := lifecycle.(ValuesReader); ok {
		hook.Values, hook.SecretValues = reader.Values()
	}
	return hook
}

// typeNameOf is the name of the lifecycle's type.
func typeNameOf(lifecycle Lifecycle) string {
	kind := reflect.TypeOf(lifecycle)
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	name, _, _ := strings.Cut(kind.Name(), "[") // of a generic type
	if name == "" {
		return "lifecycle"
	}
	return name
}

func addStep(chart *wheelhousev1.ChartInfo, stage Stage, name string, hook *wheelhousev1.HookStep) {
	step := &wheelhousev1.Step{Name: name, Kind: &wheelhousev1.Step_Hook{Hook: hook}}
	if chart.GetAction() == wheelhousev1.Action_ACTION_DESTROY {
		step.When = &wheelhousev1.When{Actions: []wheelhousev1.StepAction{wheelhousev1.StepAction_STEP_ACTION_DESTROY}}
	}
	before := func(plan **wheelhousev1.StagePlan) {
		if *plan == nil {
			*plan = &wheelhousev1.StagePlan{}
		}
		(*plan).Before = append((*plan).Before, step)
	}
	after := func(plan **wheelhousev1.StagePlan) {
		if *plan == nil {
			*plan = &wheelhousev1.StagePlan{}
		}
		(*plan).After = append((*plan).After, step)
	}
	switch stage {
	case CheckPrerequisites:
		after(&chart.Stages.CheckPrerequisites)
	case PreExec:
		before(&chart.Stages.PreExec)
	case Exec:
		hook.Replaces = "helm"
		before(&chart.Stages.Exec)
	case PostExec:
		after(&chart.Stages.PostExec)
	case Validate:
		after(&chart.Stages.Validate)
	case OnDeployFailure:
		before(&chart.Stages.OnDeployFailure)
	}
}
