package wheelhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// The cases that the command line and the Python package are tested with as well.
type ruleCases struct {
	PauseMs, GiveUpAfterMs, SilenceMs int
	Ends                              []struct {
		Case, Reason     string
		Code             codes.Code
		Known, ComesBack bool
		LostForMs        int
	}
	Watches []struct {
		Case    string
		Streams []scriptedStream
		HandsOn []string
		Result  codes.Code
	}
}

type scriptedStream struct {
	After  int64
	Sends  []string
	Code   codes.Code
	Reason string
	hangs  bool // sends nothing more and does not end
}

func readRuleCases(t *testing.T) (cases ruleCases) {
	t.Helper()
	text, err := os.ReadFile("../../tests/unit/client/watch_rule.json")
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func milliseconds(count int) time.Duration { return time.Duration(count) * time.Millisecond }

func TestWatchRuleHasItsNumbers(t *testing.T) {
	cases := readRuleCases(t)
	for name, got := range map[string][2]time.Duration{
		"pause":       {pause, milliseconds(cases.PauseMs)},
		"giveUpAfter": {giveUpAfter, milliseconds(cases.GiveUpAfterMs)},
		"silence":     {silence, milliseconds(cases.SilenceMs)},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %v, not %v", name, got[0], got[1])
		}
	}
}

func TestWatchRuleSaysWhichEndsAreComeBackFrom(t *testing.T) {
	for _, end := range readRuleCases(t).Ends {
		if got := comesBack(end.Code, end.Reason, end.Known, milliseconds(end.LostForMs), giveUpAfter); got != end.ComesBack {
			t.Errorf("%s: comes back: %v", end.Case, got)
		}
	}
}

// scriptedDaemon answers WatchRun as a case says.
type scriptedDaemon struct {
	wheelhousev1.UnimplementedDeployerServiceServer
	t       *testing.T
	streams []scriptedStream
	opened  int
}

func (d *scriptedDaemon) WatchRun(request *wheelhousev1.WatchRunRequest, stream grpc.ServerStreamingServer[wheelhousev1.WatchRunResponse]) error {
	if d.opened >= len(d.streams) {
		return status.Error(codes.Internal, "one stream too many")
	}
	script := d.streams[d.opened]
	d.opened++
	if request.GetAfterSequence() != script.After {
		d.t.Errorf("stream %d begins after %d, not after %d", d.opened, request.GetAfterSequence(), script.After)
	}
	for _, name := range script.Sends {
		if err := stream.Send(&wheelhousev1.WatchRunResponse{Event: eventOf(name)}); err != nil {
			return err
		}
	}
	if script.hangs {
		<-stream.Context().Done()
	}
	end := status.New(script.Code, "scripted")
	if script.Reason != "" {
		end, _ = end.WithDetails(&errdetails.ErrorInfo{Domain: "wheelhouse", Reason: script.Reason})
	}
	return end.Err()
}

// eventOf makes an event of "snapshot", "sync", "3", or "3 ended" for the event with which the run ends.
func eventOf(name string) *wheelhousev1.RunEvent {
	event := &wheelhousev1.RunEvent{RunId: "01a"}
	switch name {
	case "snapshot":
		event.Event = &wheelhousev1.RunEvent_Snapshot{Snapshot: &wheelhousev1.Run{Id: "01a"}}
	case "sync":
		event.Event = &wheelhousev1.RunEvent_Sync{Sync: &wheelhousev1.Sync{}}
	default:
		change := &wheelhousev1.Transition{RunState: wheelhousev1.RunState_RUN_STATE_RUNNING}
		if strings.HasSuffix(name, " ended") {
			change.RunState = wheelhousev1.RunState_RUN_STATE_SUCCEEDED
		}
		fmt.Sscan(name, &event.Sequence)
		event.Event = &wheelhousev1.RunEvent_Transition{Transition: change}
	}
	return event
}

func nameOf(event *wheelhousev1.RunEvent) string {
	switch {
	case event.GetSnapshot() != nil:
		return "snapshot"
	case event.GetSync() != nil:
		return "sync"
	case event.GetTransition().GetRunState() == wheelhousev1.RunState_RUN_STATE_SUCCEEDED:
		return fmt.Sprint(event.GetSequence(), " ended")
	}
	return fmt.Sprint(event.GetSequence())
}

// serve starts a server with the daemon and returns its address.
func serve(t *testing.T, daemon wheelhousev1.DeployerServiceServer) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	wheelhousev1.RegisterDeployerServiceServer(server, daemon)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return "unix://" + path
}

func TestWatchRuleIsWhatAWatchFollows(t *testing.T) {
	for _, one := range readRuleCases(t).Watches {
		t.Run(one.Case, func(t *testing.T) {
			daemon := &scriptedDaemon{t: t, streams: one.Streams}
			client, err := Dial(serve(t, daemon), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			var handedOn []string
			err = client.Watch(context.Background(), "01a", 0, func(event *wheelhousev1.RunEvent) error {
				handedOn = append(handedOn, nameOf(event))
				return nil
			})
			if status.Code(err) != one.Result {
				t.Errorf("the watch ends with %v", err)
			}
			if !slices.Equal(handedOn, one.HandsOn) {
				t.Errorf("it hands on %q, not %q", handedOn, one.HandsOn)
			}
			if daemon.opened != len(one.Streams) {
				t.Errorf("it opens %d streams, not %d", daemon.opened, len(one.Streams))
			}
		})
	}
}

func TestWatchRuleTakesASilentStreamForLost(t *testing.T) {
	client, err := Dial(serve(t, &scriptedDaemon{t: t, streams: []scriptedStream{{Sends: []string{"snapshot"}, hangs: true}}}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ignore := func(*wheelhousev1.RunEvent) error { return nil }
	w := watch{client: client, runID: "01a", handle: ignore, silence: 50 * time.Millisecond}
	if err := w.once(context.Background()); !comesBack(status.Code(err), Reason(err), true, 0, giveUpAfter) {
		t.Errorf("the stream ends with %v", err)
	}
}
