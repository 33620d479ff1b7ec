package wheelhouse

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// Worker serves hooks: it keeps a session with the daemon, and runs the calls that come over it. A session that breaks, or
// a daemon that restarts, is dialled again, and the calls in progress go on.
type Worker struct {
	// How many calls it takes at once, each on a goroutine. Default 8.
	Capacity int32
	// For people. Default: the host and the process.
	Name string

	client   *Client
	hooks    map[string]Lifecycle
	scope    string
	attached chan struct{}

	mu      sync.Mutex
	once    bool // attached is closed
	calls   map[string]*call
	out     chan *wheelhousev1.SessionRequest // of the session that is open, else nil
	heard   time.Time
	drained bool
}

// NewWorker returns a worker for hooks by the names that plans call them by (HookStep.name).
func NewWorker(client *Client, hooks map[string]Lifecycle) *Worker {
	return &Worker{client: client, hooks: hooks, calls: map[string]*call{}, attached: make(chan struct{})}
}

// Run serves until ctx ends; then it takes no further calls, finishes those that it has, and returns nil. An error says
// that the daemon will not have this worker.
func (w *Worker) Run(ctx context.Context) error {
	whole, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go w.tick(ctx, whole, stop)
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		began := time.Now()
		err := w.serve(whole)
		if whole.Err() != nil {
			return nil
		}
		switch status.Code(err) {
		case codes.InvalidArgument, codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented:
			return err
		}
		if time.Since(began) > 5*time.Second {
			wait = 200 * time.Millisecond
		}
		select {
		case <-whole.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// serve is one session, until it breaks.
func (w *Worker) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := w.client.Hooks.Session(ctx)
	if err != nil {
		return err
	}
	first := w.begin()
	defer w.end()
	broken := make(chan struct{})
	defer close(broken)
	w.mu.Lock()
	out := w.out
	w.mu.Unlock()
	go func() {
		for _, message := range first {
			if stream.Send(message) != nil {
				return
			}
		}
		for {
			select {
			case <-broken:
				return
			case message := <-out:
				if stream.Send(message) != nil {
					return
				}
			}
		}
	}()
	go w.cancelWhenSilent(broken, cancel)
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		w.mu.Lock()
		w.heard = time.Now()
		w.mu.Unlock()
		w.take(response)
	}
}

// begin returns what a session begins with: what the worker still holds, and what was not answered.
func (w *Worker) begin() []*wheelhousev1.SessionRequest {
	w.mu.Lock()
	defer w.mu.Unlock()
	attach := &wheelhousev1.Attach{Worker: w.Name, Capacity: w.Capacity, Scope: w.scope}
	if attach.Worker == "" {
		host, _ := os.Hostname()
		attach.Worker = fmt.Sprintf("%s/%d/%p", host, os.Getpid(), w)
	}
	if attach.Capacity == 0 {
		attach.Capacity = 8
	}
	for name, hook := range w.hooks {
		attach.Hooks = append(attach.Hooks, &wheelhousev1.ServedHook{Name: name, Version: hook.Version()})
	}
	first := []*wheelhousev1.SessionRequest{{Message: &wheelhousev1.SessionRequest_Attach{Attach: attach}}}
	for _, call := range w.calls {
		attach.Held = append(attach.Held, call.invoke.GetAttempt())
		first = append(first, call.again()...)
	}
	w.out, w.drained, w.heard = make(chan *wheelhousev1.SessionRequest, 1000), false, time.Now()
	return first
}

func (w *Worker) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = nil
}

// send leaves a message out when there is no session, or when it stands still: results and requests are sent again.
func (w *Worker) send(message *wheelhousev1.SessionRequest) {
	w.mu.Lock()
	out := w.out
	w.mu.Unlock()
	if out == nil {
		return
	}
	select {
	case out <- message:
	case <-time.After(time.Second):
	}
}

func (w *Worker) take(response *wheelhousev1.SessionResponse) {
	switch message := response.GetMessage().(type) {
	case *wheelhousev1.SessionResponse_Attached:
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.once {
			w.once = true
			close(w.attached)
		}
	case *wheelhousev1.SessionResponse_Invoke:
		w.invoke(message.Invoke)
	case *wheelhousev1.SessionResponse_Cluster:
		if call := w.find(message.Cluster.GetAttempt()); call != nil {
			call.answer(message.Cluster)
		}
	case *wheelhousev1.SessionResponse_Cancel:
		if call := w.find(message.Cancel.GetAttempt()); call != nil {
			call.cancel()
			if call.ended() != nil {
				w.forget(message.Cancel.GetAttempt())
			}
		}
	case *wheelhousev1.SessionResponse_ResultAck:
		w.forget(message.ResultAck.GetAttempt())
	}
}

func keyOf(attempt *wheelhousev1.Attempt) string {
	return fmt.Sprintf("%s/%d", attempt.GetId(), attempt.GetAttempt())
}

func (w *Worker) find(attempt *wheelhousev1.Attempt) *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[keyOf(attempt)]
}

func (w *Worker) forget(attempt *wheelhousev1.Attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.calls, keyOf(attempt))
}

func (w *Worker) invoke(invoke *wheelhousev1.Invoke) {
	w.mu.Lock()
	drained := w.drained
	one := newCall(invoke, w.send)
	if !drained {
		w.calls[keyOf(invoke.GetAttempt())] = one
	}
	w.mu.Unlock()
	if drained {
		w.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Decline{
			Decline: &wheelhousev1.Decline{Attempt: invoke.GetAttempt()},
		}})
		return
	}
	w.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Accept{
		Accept: &wheelhousev1.Accept{Attempt: invoke.GetAttempt()},
	}})
	go one.run(w.hooks[invoke.GetName()])
}

// tick sends heartbeats, and ends the worker once it has drained.
func (w *Worker) tick(asked, whole context.Context, stop func()) {
	for {
		select {
		case <-whole.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
		w.mu.Lock()
		var due []*call
		for _, call := range w.calls {
			if time.Since(call.beaten) > call.heartbeat()/4 {
				call.beaten = time.Now()
				due = append(due, call)
			}
		}
		drains := asked.Err() != nil
		over := drains && len(w.calls) == 0
		tell := drains && !w.drained
		w.drained = w.drained || drains
		w.mu.Unlock()
		for _, call := range due {
			w.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Heartbeat{
				Heartbeat: &wheelhousev1.HookHeartbeat{Attempt: call.invoke.GetAttempt()},
			}})
		}
		if tell {
			w.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Drain{Drain: &wheelhousev1.Drain{}}})
		}
		if over {
			stop()
		}
	}
}

// cancelWhenSilent notices a connection that is dead: heartbeats are answered.
func (w *Worker) cancelWhenSilent(broken chan struct{}, cancel func()) {
	for {
		select {
		case <-broken:
			return
		case <-time.After(time.Second):
		}
		w.mu.Lock()
		var longest time.Duration
		for _, call := range w.calls {
			longest = max(longest, call.heartbeat())
		}
		silent := len(w.calls) > 0 && time.Since(w.heard) > longest*6/10+time.Second
		w.mu.Unlock()
		if silent {
			cancel()
			return
		}
	}
}

// call is one attempt.
type call struct {
	invoke *wheelhousev1.Invoke
	ctx    context.Context
	cancel func()
	send   func(*wheelhousev1.SessionRequest)
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
	result := chart.Result(c.ctx, RunStage(c.ctx, lifecycle, chart))
	c.mu.Lock()
	c.result = result
	c.mu.Unlock()
	c.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Result{Result: result}})
	c.cancel()
}

// RunStage calls the method of the chart's stage as a worker does. A panic becomes an error.
func RunStage(ctx context.Context, lifecycle Lifecycle, chart *Chart) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	if chart.IsPreview && chart.Stage != CheckPrerequisites {
		return lifecycle.Preview(ctx, chart)
	}
	method := methodOf(lifecycle, chart.Stage)
	if method == nil {
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
