package wheelhouse

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// The numbers of the rule in the comment of DeployerService.WatchRun.
const (
	pause       = 500 * time.Millisecond
	giveUpAfter = 30 * time.Second
	silence     = 45 * time.Second
)

// comesBack reports whether a watcher comes back after a stream that ended with code and reason. known: the run is known
// to exist. lostFor: the time since a stream was lost, with no event since then, after reconnect of which it gives up.
func comesBack(code codes.Code, reason string, known bool, lostFor, reconnect time.Duration) bool {
	lost := code == codes.Unavailable ||
		code == codes.Canceled && reason == "" ||
		code == codes.ResourceExhausted && (reason == "" || reason == "WATCHER_TOO_SLOW")
	return known && lost && lostFor < reconnect
}

// Watch calls handle with a run's snapshot, its events after the number after, and new events as they come, until the
// run has ended. A lost stream is opened again, as the rule of DeployerService.WatchRun says: handle gets each numbered
// event once, in order, and only one snapshot and one sync. An error from handle ends the watch and is returned. It only
// looks: a run that fails does not make it return an error. A RunLost says that the daemon has been away for 30 s.
func (c *Client) Watch(ctx context.Context, runID string, after int64, handle func(*wheelhousev1.RunEvent) error) error {
	w := watch{client: c, runID: runID, last: after, handle: handle, silence: silence, reconnect: giveUpAfter}
	return w.follow(ctx)
}

// follow watches until the run has ended.
func (w *watch) follow(ctx context.Context) error {
	var lostSince time.Time
	for {
		before := w.heard
		err := w.once(ctx)
		if w.refused != nil {
			return w.refused
		}
		if err == nil || w.ended {
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		first := lostSince.IsZero() || w.heard != before
		if first {
			lostSince = time.Now()
		}
		if !comesBack(status.Code(err), Reason(err), w.known || w.heard > 0, time.Since(lostSince), w.reconnect) {
			if comesBack(status.Code(err), Reason(err), w.known || w.heard > 0, 0, w.reconnect+1) {
				return &RunLost{RunID: w.runID, RequestID: w.requestID, Away: w.reconnect, Err: err}
			}
			return err
		}
		if first {
			slog.Warn("wheelhouse: the stream of the run was lost, and is opened again", "run", w.runID, "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// watch is what a watcher knows from one stream to the next.
type watch struct {
	client         *Client
	runID          string
	requestID      string // by which the caller can continue the run; may be empty
	silence        time.Duration
	reconnect      time.Duration // how long the daemon may be away
	handle         func(*wheelhousev1.RunEvent) error
	refused        error // by handle
	known          bool  // the run is known to exist before an event has come
	last           int64 // the number of the last event
	heard          int   // how many events have come, of any kind
	snapshot, sync bool  // the first one has come
	ended          bool  // the run's last event has come
}

// once watches until the stream ends. A stream that is silent for too long is cancelled.
func (w *watch) once(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := w.client.Deployer.WatchRun(ctx, &wheelhousev1.WatchRunRequest{RunId: w.runID, AfterSequence: w.last})
	if err != nil {
		return err
	}
	for {
		silent := time.AfterFunc(w.silence, cancel)
		response, err := stream.Recv()
		silent.Stop()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		w.heard++
		if !w.news(response.GetEvent()) {
			continue
		}
		if w.refused = w.handle(response.GetEvent()); w.refused != nil {
			return w.refused
		}
	}
}

// news notes the event, and reports whether it is new: after coming back, some events come again.
func (w *watch) news(event *wheelhousev1.RunEvent) bool {
	again := event.GetSequence() != 0 && event.GetSequence() <= w.last ||
		event.GetSnapshot() != nil && w.snapshot || event.GetSync() != nil && w.sync
	w.last = max(w.last, event.GetSequence())
	w.snapshot = w.snapshot || event.GetSnapshot() != nil
	w.sync = w.sync || event.GetSync() != nil
	w.ended = w.ended || event.GetTransition().GetRunState() > wheelhousev1.RunState_RUN_STATE_RUNNING
	return !again
}
