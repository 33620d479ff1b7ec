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
		// That of a step is told by the step's own end, and by RunFailed.
		if what.Failure.GetStep() == "" {
			return failureText(what.Failure)
		}
	}
	return ""
}

const mostNames = 5

// shown is the first of the names.
func shown(names []string) string {
	if len(names) > mostNames {
		return strings.Join(names[:mostNames], ", ") + " ..."
	}
	return strings.Join(names, ", ")
}

// othersText is `, and 2 more: demo/beta, demo/gamma`, of all but the first; empty for none.
func othersText(failures []*wheelhousev1.Failure) string {
	if len(failures) < 2 {
		return ""
	}
	var names []string
	for _, failure := range failures[1:] {
		names = append(names, failure.GetChart())
	}
	return fmt.Sprintf(", and %d more: %s", len(names), shown(names))
}

// queueText is `QUEUED at position 2, waits for run 01b of unix:ci (shop)`.
func queueText(place *wheelhousev1.QueuePlace) string {
	var others []string
	for _, one := range place.GetWaitsFor() {
		other := fmt.Sprintf("run %s of %s", one.GetRunId(), one.GetCaller())
		if len(one.GetKeys()) > 0 {
			other += " (" + strings.Join(one.GetKeys(), ", ") + ")"
		}
		others = append(others, other)
	}
	text := fmt.Sprintf("QUEUED at position %d", place.GetPosition())
	if len(others) > 0 {
		text += ", waits for " + shown(others)
	}
	return text
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
		if change.GetQueue() != nil && change.GetRunState() != wheelhousev1.RunState_RUN_STATE_RUNNING {
			return queueText(change.GetQueue())
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
