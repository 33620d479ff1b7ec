package wheelhouse

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// Worker serves hooks: it keeps a session with the daemon, and runs the calls that come over it. When the session breaks, or
// the daemon restarts, the worker reconnects, and the calls in progress go on. It logs a warning (log/slog) when there is no session,
// and when a step's effect, which counts, is another than that of the code.
type Worker struct {
	// How many calls it takes at once, each on a goroutine. Default 8.
	Capacity int32
	// For people. Default: the host, the process, and a number.
	Name string

	client   *Client
	number   string // tells this process's workers apart
	hooks    map[string]Lifecycle
	scope    string
	attached chan struct{}
	// Closed when what is in progress is not waited for.
	abandoned chan struct{}

	mu      sync.Mutex
	once    bool // attached is closed
	calls   map[string]*call
	out     chan *wheelhousev1.SessionRequest // of the session that is open, else nil
	broken  chan struct{}                     // closed when that session is over
	heard   time.Time
	drained bool
	// Since when there has been no session; zero while there is one. And since when it is to end.
	aloneSince, drainsSince time.Time
	trouble                 error           // what the last session failed with; nil while there is one
	said                    map[string]bool // warnings
}

// How long a worker that is to end keeps what it cannot hand over, since there is no session. Tests change it.
var handsOverFor = giveUpAfter

// NewWorker returns a worker for hooks by the names that plans call them by (HookStep.name).
func NewWorker(client *Client, hooks map[string]Lifecycle) *Worker {
	number := make([]byte, 4)
	rand.Read(number) // never fails
	return &Worker{
		client: client, hooks: hooks, number: hex.EncodeToString(number), calls: map[string]*call{},
		attached: make(chan struct{}), said: map[string]bool{}, aloneSince: time.Now(),
		abandoned: make(chan struct{}),
	}
}

// Run serves until ctx ends; then it takes no further calls, finishes those that it has, and returns nil. An error says
// that the daemon refuses this worker, or that a lifecycle has no methods to call. Without a daemon to tell their results to, the calls
// that it has are cancelled 30 s after ctx has ended, with a warning.
func (w *Worker) Run(ctx context.Context) error {
	for name, hook := range w.hooks {
		if err := checkLifecycle(name, hook); err != nil {
			return err
		}
	}
	whole, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer w.leave()
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
		if ctx.Err() == nil {
			w.noteTrouble(err)
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

func (w *Worker) noteTrouble(err error) {
	w.mu.Lock()
	first := w.trouble == nil
	w.trouble = err
	w.mu.Unlock()
	if first {
		slog.Warn("wheelhouse: the worker has no session with the daemon, and tries again", "worker", w.name(), "error", err)
	}
}

func (w *Worker) lastTrouble() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trouble
}

func (w *Worker) name() string {
	if w.Name != "" {
		return w.Name
	}
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), w.number)
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
	w.mu.Lock()
	out, broken := w.out, w.broken
	w.mu.Unlock()
	defer close(broken)
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
	attach := &wheelhousev1.Attach{Worker: w.name(), Capacity: w.Capacity, Scope: w.scope}
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
	w.out, w.broken = make(chan *wheelhousev1.SessionRequest, 1000), make(chan struct{})
	w.drained, w.heard = false, time.Now()
	return first
}

func (w *Worker) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = nil
	if w.aloneSince.IsZero() {
		w.aloneSince = time.Now()
	}
}

// send waits while the daemon reads more slowly than messages come. Without a session a message is left out: results and
// requests are sent again by the next one. It must not be called where the session is read.
func (w *Worker) send(message *wheelhousev1.SessionRequest) {
	w.mu.Lock()
	out, broken := w.out, w.broken
	w.mu.Unlock()
	if out == nil {
		return
	}
	select {
	case out <- message:
	case <-broken:
	}
}

func (w *Worker) take(response *wheelhousev1.SessionResponse) {
	switch message := response.GetMessage().(type) {
	case *wheelhousev1.SessionResponse_Attached:
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.trouble != nil {
			w.trouble = nil
			slog.Warn("wheelhouse: the worker has a session with the daemon again", "worker", w.name())
		} else {
			names := slices.Sorted(maps.Keys(w.hooks))
			slog.Info("wheelhouse: the worker is attached", "worker", w.name(), "serves", strings.Join(names, ", "))
		}
		w.aloneSince = time.Time{}
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

// warnOfEffect says, once, that the plan's step and the code disagree.
func (w *Worker) warnOfEffect(invoke *wheelhousev1.Invoke) {
	stage, planned := invoke.GetStage(), invoke.GetEffect()
	declared := w.hooks[invoke.GetName()].Effect(stage)
	if invoke.GetPreview() || stage == CheckPrerequisites || declared == 0 || planned == 0 || declared == planned {
		return
	}
	key := invoke.GetName() + "." + stageName(stage) + planned.String()
	w.mu.Lock()
	again := w.said[key]
	w.said[key] = true
	w.mu.Unlock()
	if !again {
		slog.Warn("wheelhouse: the plan's step has another effect than the code (ONCE when it has none); the plan's counts",
			"hook", invoke.GetName(), "stage", stageName(stage), "plan", shortEffect(planned), "code", shortEffect(declared))
	}
}

func shortEffect(effect Effect) string { return strings.TrimPrefix(effect.String(), "HOOK_EFFECT_") }

func (w *Worker) invoke(invoke *wheelhousev1.Invoke) {
	w.warnOfEffect(invoke)
	one := newCall(invoke, w.send)
	one.logs = w.scope == "" // else its caller reads the run's log in the same process
	w.mu.Lock()
	drained := w.drained
	if !drained {
		w.calls[keyOf(invoke.GetAttempt())] = one
	}
	w.mu.Unlock()
	go func() {
		if drained {
			w.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Decline{
				Decline: &wheelhousev1.Decline{Attempt: invoke.GetAttempt()},
			}})
			return
		}
		w.send(&wheelhousev1.SessionRequest{Message: &wheelhousev1.SessionRequest_Accept{
			Accept: &wheelhousev1.Accept{Attempt: invoke.GetAttempt()},
		}})
		one.run(w.hooks[invoke.GetName()])
	}()
}
