package wheelhouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// call is one attempt.
type call struct {
	invoke *wheelhousev1.Invoke
	ctx    context.Context
	cancel func()
	send   func(*wheelhousev1.SessionRequest)
	logs   bool      // log/slog is told of a panic, as the run's log is
	beaten time.Time // guarded by the worker

	mu      sync.Mutex
	number  int64
	waiting map[int64]*question
	result  *wheelhousev1.Result
}

type question struct {
	request *wheelhousev1.ClusterRequest
	answer  chan *wheelhousev1.ClusterResponse
}

func newCall(invoke *wheelhousev1.Invoke, send func(*wheelhousev1.SessionRequest)) *call {
	ctx, cancel := context.WithCancel(context.Background())
	if left := invoke.GetTimeLeft(); left != nil {
		ctx, cancel = context.WithTimeout(context.Background(), left.AsDuration())
	}
	return &call{
		invoke: invoke, ctx: ctx, cancel: cancel, send: send, beaten: time.Now(), waiting: map[int64]*question{},
	}
}

func (c *call) heartbeat() time.Duration { return c.invoke.GetHeartbeat().AsDuration() }

func (c *call) ended() *wheelhousev1.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.result
}

// run runs the method of the stage, and sends its result. A panic fails the step.
func (c *call) run(lifecycle Lifecycle) {
	chart := NewChart(c.invoke, c)
	err := RunStage(c.ctx, lifecycle, chart)
	var panicked *panicError
	if c.logs && errors.As(err, &panicked) {
		slog.Error("wheelhouse: a hook panicked", "step", chart.Step, "panic", panicked.value, "stack", panicked.stack)
	}
	result := chart.Result(c.ctx, err)
	c.mu.Lock()
	c.result = result
	c.mu.Unlock()
	c.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Result{Result: result}})
	c.cancel()
}

type panicError struct {
	value any
	stack string
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// stackOfPanic returns the frames between RunStage and the panic that is being recovered from, but for those of the runtime.
func stackOfPanic() string {
	counters := make([]uintptr, 200)
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters)])
	var stack strings.Builder
	panicked := false
	for {
		frame, more := frames.Next()
		ofRuntime := strings.HasPrefix(frame.Function, "runtime.")
		switch {
		case strings.HasSuffix(frame.Function, "client/go.RunStage"):
			return stack.String()
		case frame.Function == "runtime.gopanic":
			panicked = true
		case panicked && !ofRuntime:
			fmt.Fprintf(&stack, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			return stack.String()
		}
	}
}

// RunStage calls the method of the chart's stage as a worker does. A panic becomes an error, and its stack goes to the run's
// log.
func RunStage(ctx context.Context, lifecycle Lifecycle, chart *Chart) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			stack := stackOfPanic()
			err = &panicError{panicked, stack}
			chart.Log("%v\n%s", err, strings.TrimRight(stack, "\n"))
		}
	}()
	if chart.IsPreview && chart.Stage != CheckPrerequisites {
		return lifecycle.Preview(ctx, chart)
	}
	method := methodOf(lifecycle, chart.Stage)
	if method == nil {
		if err := checkLifecycle(chart.GetName(), lifecycle); err != nil {
			return err
		}
		return fmt.Errorf("the lifecycle has no method for %s", stageName(chart.Stage))
	}
	return method(ctx, chart)
}

// Ask does a request, also over a later session.
func (c *call) Ask(ctx context.Context, request *wheelhousev1.ClusterRequest) (*wheelhousev1.ClusterResponse, error) {
	one := &question{request: request, answer: make(chan *wheelhousev1.ClusterResponse, 1)}
	c.mu.Lock()
	c.number++
	request.Attempt, request.Number = c.invoke.GetAttempt(), c.number
	c.waiting[c.number] = one
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, request.GetNumber())
	}()
	c.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Cluster{Cluster: request}})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	case response := <-one.answer:
		return response, nil
	}
}

// Log implements Asker.
func (c *call) Log(line string) {
	c.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Log{
		Log: &wheelhousev1.HookLog{Attempt: c.invoke.GetAttempt(), Line: line},
	}})
}

// Progress implements Asker.
func (c *call) Progress(message string) {
	c.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Progress{
		Progress: &wheelhousev1.HookProgress{Attempt: c.invoke.GetAttempt(), Message: message},
	}})
}

func (c *call) answer(response *wheelhousev1.ClusterResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := c.waiting[response.GetNumber()]; one != nil {
		select {
		case one.answer <- response:
		default: // asked twice
		}
	}
	if response.GetFailure().GetReason() == "HOOK_OVERTAKEN" {
		c.cancel()
	}
}

// again returns what a new session has to be told. A list of operations is not asked for again: it may have been done.
func (c *call) again() []*wheelhousev1.SessionRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.result != nil {
		return []*wheelhousev1.SessionRequest{{Message: &wheelhousev1.SessionRequest_Result{Result: c.result}}}
	}
	var again []*wheelhousev1.SessionRequest
	for number, one := range c.waiting {
		if one.request.GetPatch().GetJson() != "" {
			one.answer <- &wheelhousev1.ClusterResponse{Number: number, Failure: &wheelhousev1.Failure{
				Reason:  "INTERRUPTED",
				Message: "the session broke; it is not known whether the JSON patch was applied",
			}}
			continue
		}
		request := proto.CloneOf(one.request)
		again = append(again, &wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Cluster{Cluster: request}})
	}
	return again
}
