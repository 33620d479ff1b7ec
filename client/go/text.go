package wheelhouse

import (
	"fmt"
	"strings"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// Line is an event in one line; empty for the many that say nothing new to a person, such as progress and steps with no
// outcome.
func Line(event *wheelhousev1.RunEvent) string {
	switch what := event.GetEvent().(type) {
	case *wheelhousev1.RunEvent_Snapshot:
		run := what.Snapshot
		plan := run.GetPlanName()
		if plan == "" {
			plan = fmt.Sprintf("%d charts", len(run.GetCharts()))
		}
		return fmt.Sprintf("run %s on %s by %s: %s", run.GetId(), run.GetCluster(), run.GetCaller(), plan)
	case *wheelhousev1.RunEvent_Transition:
		return transitionText(what.Transition)
	case *wheelhousev1.RunEvent_Log:
		return where(what.Log) + "| " + what.Log.GetLine()
	case *wheelhousev1.RunEvent_Failure:
		return failureText(what.Failure)
	}
	return ""
}

// failureText is `demo/web exec/helm: POD_FAILING: ...`; with the reason of a hook's own, `STEP_FAILED (FRIDAY): ...`.
func failureText(failure *wheelhousev1.Failure) string {
	reason := failure.GetReason()
	if own := failure.GetDetails()["hook_reason"]; own != "" {
		reason += " (" + own + ")"
	}
	text := reason + ": " + failure.GetMessage()
	if at := strings.TrimSpace(where(failure)); at != "" {
		return at + ": " + text
	}
	return text
}

type placed interface {
	GetChart() string
	GetStage() Stage
	GetStep() string
}

func where(at placed) string {
	text := ""
	if at.GetChart() != "" {
		text = at.GetChart() + " "
	}
	if at.GetStage() == 0 {
		return text
	}
	text += stageName(at.GetStage())
	if at.GetStep() != "" {
		text += "/" + at.GetStep()
	}
	return text + " "
}

func transitionText(change *wheelhousev1.Transition) string {
	if change.GetChart() == "" {
		if change.GetCancelRequested() {
			return "cancel requested by " + change.GetCancelledBy()
		}
		if change.GetRunState() == 0 {
			return ""
		}
		return strings.TrimPrefix(change.GetRunState().String(), "RUN_STATE_")
	}
	state := change.GetState()
	failed, running := state == wheelhousev1.State_STATE_FAILED, state == wheelhousev1.State_STATE_RUNNING
	skipped := state == wheelhousev1.State_STATE_SKIPPED
	told := change.GetStage() == 0 && (failed || skipped || state == wheelhousev1.State_STATE_SUCCEEDED)
	if change.GetStep() != "" {
		told = failed || change.GetOutcome() != "" && !skipped || running && change.GetAttempt() > 1
	}
	if !told {
		return ""
	}
	return strings.TrimSpace(where(change) + strings.TrimPrefix(state.String(), "STATE_") + " " + change.GetOutcome())
}
