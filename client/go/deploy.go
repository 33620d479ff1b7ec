package wheelhouse

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// A DeployOption changes what Deploy does.
type DeployOption func(*deployOptions)

type deployOptions struct {
	noWorker  wheelhousev1.NoWorker
	heartbeat time.Duration // 0: the daemon's default
	reconnect time.Duration // 0: servingReconnects with lifecycles, else that of Watch
}

// How long the process that serves lifecycles stays without a daemon: for as long as an upgrade of it may take.
const servingReconnects = 5 * time.Minute

// FailWhenGone fails a step of the lifecycles with HOOK_UNAVAILABLE when this process is gone, so that the run is
// remediated. It is the default of a request without an id, since nobody can come back to it. A request with an id waits
// until somebody deploys it again, with the same id, options and lifecycles.
func FailWhenGone() DeployOption {
	return func(o *deployOptions) { o.noWorker = wheelhousev1.NoWorker_NO_WORKER_FAIL }
}

// WithHeartbeat sets after how long a silence this process counts as gone, between 1 s and 10 min. The default is 30 s.
func WithHeartbeat(heartbeat time.Duration) DeployOption {
	return func(o *deployOptions) { o.heartbeat = heartbeat }
}

// WithReconnect sets how long the daemon may be away before Deploy gives up with a RunLost, though the run may still be going
// on. The default is 5 min with lifecycles, and 30 s without.
func WithReconnect(away time.Duration) DeployOption {
	return func(o *deployOptions) { o.reconnect = away }
}

// RunFailed is the error of Deploy for a run that did not succeed.
type RunFailed struct {
	RunID string
	// RUN_STATE_FAILED or RUN_STATE_CANCELLED.
	State wheelhousev1.RunState
	// The run's failure, whose Reason is the daemon's; what a hook gave as its own is in Details["hook_reason"]. Nil when the
	// run has none, or it could not be read.
	Failure *wheelhousev1.Failure
	// That one, and those of the other charts that failed.
	Failures []*wheelhousev1.Failure
}

func (f *RunFailed) Error() string {
	text := fmt.Sprintf("run %s %s", f.RunID, strings.TrimPrefix(f.State.String(), "RUN_STATE_"))
	if f.Failure == nil {
		return text
	}
	return text + ": " + failureText(f.Failure) + othersText(f.Failures)
}

// Deploy creates a run, calls handle with its events as Watch does, and returns a RunFailed, after the last event, when the
// run did not succeed. handle may be nil. lifecycles are code of this process, by the names of charts, which is called in
// their stages meanwhile; nil for none.
//
// The same RequestId is the same run: a deploy that was begun with it is continued, and one that has ended is only told
// again. So it belongs to one deploy: the CI job's id, say.
//
// A RunLost says that the daemon has been away for too long (WithReconnect). The contexts of methods that are running then are
// cancelled, and Deploy does not wait for them.
func (c *Client) Deploy(
	ctx context.Context, request *wheelhousev1.CreateRunRequest, lifecycles map[string]Lifecycle,
	handle func(*wheelhousev1.RunEvent) error, options ...DeployOption,
) (err error) {
	request = proto.CloneOf(request)
	asked := deployOptions{noWorker: wheelhousev1.NoWorker_NO_WORKER_WAIT}
	known := request.GetRequestId()
	if request.GetRequestId() == "" {
		asked.noWorker = wheelhousev1.NoWorker_NO_WORKER_FAIL
		request.RequestId = rand.Text() // finds the run again when the response was lost
	}
	for _, option := range options {
		option(&asked)
	}
	scope := scopeOf(request.GetRequestId())
	for name, lifecycle := range lifecycles {
		if err := addSteps(request.GetPlan(), name, lifecycle, scope, asked); err != nil {
			return err
		}
	}
	if len(lifecycles) > 0 {
		stop, refused := c.serve(ctx, lifecycles, scope)
		if refused != nil {
			return refused
		}
		defer func() {
			var lost *RunLost
			stop(errors.As(err, &lost) || status.Code(err) == codes.Unavailable)
		}()
	}
	return c.runToItsEnd(ctx, request, handle, watch{requestID: known, reconnect: reconnectFor(asked.reconnect, lifecycles)})
}

// reconnectFor is how long the daemon may be away.
func reconnectFor(asked time.Duration, lifecycles map[string]Lifecycle) time.Duration {
	switch {
	case asked != 0:
		return asked
	case len(lifecycles) > 0:
		return servingReconnects
	}
	return giveUpAfter
}

// serve serves lifecycles until stop is called, which waits for the calls in progress, unless it is to be at once.
func (c *Client) serve(
	ctx context.Context, lifecycles map[string]Lifecycle, scope string,
) (stop func(atOnce bool), err error) {
	worker := NewWorker(c, lifecycles)
	worker.scope, worker.Capacity = scope, 100
	serving, drain := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(serving) }()
	stop = func(atOnce bool) {
		if atOnce {
			worker.abandon()
		}
		drain()
		<-ended
	}
	select {
	case <-worker.attached:
		return stop, nil
	case err := <-ended:
		drain()
		return nil, err
	case <-time.After(giveUpAfter):
		stop(true)
		return nil, errors.Join(errors.New("the daemon has not taken the session of the lifecycles"), worker.lastTrouble())
	case <-ctx.Done():
		stop(true)
		return nil, ctx.Err()
	}
}

func (c *Client) runToItsEnd(
	ctx context.Context, request *wheelhousev1.CreateRunRequest, handle func(*wheelhousev1.RunEvent) error, w watch,
) error {
	created, err := c.Deployer.CreateRun(ctx, request)
	if err != nil {
		return err
	}
	failed := &RunFailed{RunID: created.GetRun().GetId(), State: created.GetRun().GetState()}
	if failed.State > wheelhousev1.RunState_RUN_STATE_RUNNING {
		slog.Warn("wheelhouse: this request id's run had ended before: it is told again, nothing is deployed; a new deploy "+
			"needs a new request id", "run", failed.RunID, "request_id", request.GetRequestId())
	}
	w.client, w.runID, w.silence, w.known = c, failed.RunID, silence, true
	w.handle = func(event *wheelhousev1.RunEvent) error {
		if state := max(event.GetTransition().GetRunState(), event.GetSnapshot().GetState()); state != 0 {
			failed.State = state
		}
		if failure := event.GetFailure(); failure != nil {
			failed.Failures = []*wheelhousev1.Failure{failure}
		}
		if handle == nil {
			return nil
		}
		return handle(event)
	}
	err = w.follow(ctx)
	if err != nil || failed.State == wheelhousev1.RunState_RUN_STATE_SUCCEEDED {
		return err
	}
	// Some of those that it tells of are not final.
	if got, err := c.Deployer.GetRun(ctx, &wheelhousev1.GetRunRequest{RunId: failed.RunID}); err != nil {
		slog.Warn("wheelhouse: the run cannot be read", "run", failed.RunID, "error", err)
	} else if failures := failuresOf(got.GetRun()); len(failures) > 0 {
		failed.Failures = failures
	}
	if len(failed.Failures) > 0 {
		failed.Failure = failed.Failures[0]
	}
	return failed
}

// failuresOf returns the run's own failure first, then those of its other charts.
func failuresOf(run *wheelhousev1.Run) (failures []*wheelhousev1.Failure) {
	if run.GetFailure() != nil {
		failures = append(failures, run.GetFailure())
	}
	for _, chart := range run.GetCharts() {
		failure := chart.GetFailure()
		if failure != nil && (run.GetFailure() == nil || failure.GetChart() != run.GetFailure().GetChart()) {
			failures = append(failures, failure)
		}
	}
	return failures
}
