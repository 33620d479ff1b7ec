package wheelhouse

import (
	"context"
	"log/slog"
	"time"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// tick sends heartbeats, and ends the worker once it has drained.
func (w *Worker) tick(asked, whole context.Context, stop func()) {
	for {
		select {
		case <-whole.Done():
			return
		case <-w.abandoned:
			stop()
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
		if drains && w.drainsSince.IsZero() {
			w.drainsSince = time.Now()
		}
		gaveUp := drains && len(w.calls) > 0 && w.aloneFor() > handsOverFor
		over := gaveUp || drains && len(w.calls) == 0
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
		if gaveUp {
			slog.Warn("wheelhouse: the worker ends without a session: the results of its calls are not handed over", "worker", w.name())
		}
		if over {
			stop()
			return
		}
	}
}

// aloneFor is how long a worker that drains has had no session. The caller holds the lock.
func (w *Worker) aloneFor() time.Duration {
	switch {
	case w.aloneSince.IsZero():
		return 0
	case w.aloneSince.Before(w.drainsSince):
		return time.Since(w.drainsSince)
	}
	return time.Since(w.aloneSince)
}

// abandon ends Run at once; the calls in progress are cancelled, and their results are lost. It is called once at most.
func (w *Worker) abandon() { close(w.abandoned) }

// leave ends what could not be handed over.
func (w *Worker) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, call := range w.calls {
		call.cancel()
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
