package wheelhouse

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"google.golang.org/protobuf/proto"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// A DeployOption changes what Deploy does.
type DeployOption func(*deployOptions)

type deployOptions struct {
	noWorker wheelhousev1.NoWorker
}

// FailWhenGone fails a step of the lifecycles with HOOK_UNAVAILABLE when this process is gone, so that the run is
// remediated. Without it such a step waits until somebody deploys the same request, with the same request id and options,
// and lifecycles again.
func FailWhenGone() DeployOption {
	return func(o *deployOptions) { o.noWorker = wheelhousev1.NoWorker_NO_WORKER_FAIL }
}

// Deploy creates a run whose charts have lifecycles of this process, by the names of charts, serves them while the run
// lasts, and calls handle with its events as Watch does.
func (c *Client) Deploy(
	ctx context.Context, request *wheelhousev1.CreateRunRequest, lifecycles map[string]Lifecycle,
	handle func(*wheelhousev1.RunEvent) error, options ...DeployOption,
) error {
	asked := deployOptions{noWorker: wheelhousev1.NoWorker_NO_WORKER_WAIT}
	for _, option := range options {
		option(&asked)
	}
	request = proto.CloneOf(request)
	if request.GetRequestId() == "" {
		request.RequestId = rand.Text() // finds the run again when the response was lost
	}
	scope := scopeOf(request.GetRequestId())
	for name, lifecycle := range lifecycles {
		if err := addSteps(request.GetPlan(), name, lifecycle, scope, asked.noWorker); err != nil {
			return err
		}
	}
	if len(lifecycles) > 0 {
		worker := NewWorker(c, lifecycles)
		worker.scope, worker.Capacity = scope, 100
		serving, stop := context.WithCancel(ctx)
		refused := make(chan error, 1)
		go func() { refused <- worker.Run(serving) }()
		defer func() {
			stop()
			<-refused
		}()
		select {
		case <-worker.attached:
		case err := <-refused:
			refused <- err
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	created, err := c.Deployer.CreateRun(ctx, request)
	if err != nil {
		return err
	}
	return c.Watch(ctx, created.GetRun().GetId(), 0, handle)
}

// scopeOf returns the scope of the hooks of a request: whoever comes back with the request's id serves them again.
func scopeOf(requestID string) string {
	sum := sha256.Sum256([]byte(requestID))
	return hex.EncodeToString(sum[:16])
}

// addSteps adds a hook step for each stage of the lifecycle to the charts of a name, or NAMESPACE/NAME.
func addSteps(
	plan *wheelhousev1.Plan, name string, lifecycle Lifecycle, scope string, noWorker wheelhousev1.NoWorker,
) error {
	found, stages := false, 0
	for _, chart := range plan.GetCharts() {
		if name != chart.GetName() && name != chart.GetNamespace()+"/"+chart.GetName() {
			continue
		}
		found = true
		if chart.Stages == nil {
			chart.Stages = &wheelhousev1.Stages{}
		}
		for _, stage := range []Stage{CheckPrerequisites, PreExec, Exec, PostExec, Validate, OnDeployFailure} {
			if methodOf(lifecycle, stage) != nil {
				stages++
				hook := &wheelhousev1.HookStep{
					Name: name, Version: lifecycle.Version(), Effect: lifecycle.Effect(stage), Scope: scope, NoWorker: noWorker,
				}
				if reader, ok := lifecycle.(ValuesReader); ok {
					hook.Values, hook.SecretValues = reader.Values()
				}
				addStep(chart, stage, hook)
			}
		}
	}
	if !found {
		return fmt.Errorf("the plan has no chart %s", name)
	}
	if stages == 0 {
		return fmt.Errorf("the lifecycle of %s, a %T, has no method of a stage: CheckPrerequisites, PreExec, Exec, PostExec, "+
			"Validate or OnDeployFailure, with (context.Context, *wheelhouse.Chart) error", name, lifecycle)
	}
	return nil
}

func addStep(chart *wheelhousev1.ChartInfo, stage Stage, hook *wheelhousev1.HookStep) {
	step := &wheelhousev1.Step{Name: "lifecycle." + stageName(stage), Kind: &wheelhousev1.Step_Hook{Hook: hook}}
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
