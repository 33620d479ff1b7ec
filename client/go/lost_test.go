package wheelhouse

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// dyingDaemon plays a daemon whose run is told to be there; kill ends it, and it does not come back.
type dyingDaemon struct {
	hookDaemon
	wheelhousev1.UnimplementedDeployerServiceServer
	client   *Client
	kill     func()
	watching chan struct{}
}

func (d *dyingDaemon) CreateRun(context.Context, *wheelhousev1.CreateRunRequest) (*wheelhousev1.CreateRunResponse, error) {
	return &wheelhousev1.CreateRunResponse{Run: &wheelhousev1.Run{Id: "01a"}}, nil
}

func (d *dyingDaemon) WatchRun(
	_ *wheelhousev1.WatchRunRequest, stream grpc.ServerStreamingServer[wheelhousev1.WatchRunResponse],
) error {
	close(d.watching)
	<-stream.Context().Done()
	return nil
}

func startDying(t *testing.T) *dyingDaemon {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	daemon := &dyingDaemon{watching: make(chan struct{}), hookDaemon: hookDaemon{
		received: make(chan *wheelhousev1.SessionRequest, 100), sending: make(chan *wheelhousev1.SessionResponse, 100),
	}}
	server := grpc.NewServer()
	wheelhousev1.RegisterHookServiceServer(server, daemon)
	wheelhousev1.RegisterDeployerServiceServer(server, daemon)
	go server.Serve(listener)
	daemon.kill = server.Stop
	if daemon.client, err = Dial("unix://"+socket, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		daemon.client.Close()
		server.Stop()
	})
	return daemon
}

func handOverFor(t *testing.T, time time.Duration) {
	before := handsOverFor
	handsOverFor = time
	t.Cleanup(func() { handsOverFor = before })
}

// hanging has a method that ends with its context.
func hanging(begun, ended chan struct{}) map[string]Lifecycle {
	return map[string]Lifecycle{"work": working{work: func(ctx context.Context, _ *Chart) error {
		close(begun)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}}}
}

func TestRuleADeployThatHasLostItsDaemonEndsThoughAMethodIsRunning(t *testing.T) {
	daemon := startDying(t)
	handOverFor(t, time.Hour)
	begun, ended, result := make(chan struct{}), make(chan struct{}), make(chan error)
	request := &wheelhousev1.CreateRunRequest{
		RequestId: "r1", Plan: &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{Name: "work", Namespace: "shop"}}},
	}
	go func() {
		result <- daemon.client.Deploy(t.Context(), request, hanging(begun, ended), nil, WithReconnect(time.Millisecond))
	}()
	daemon.invoke()
	<-begun
	<-daemon.watching
	daemon.kill()
	err := <-result
	<-ended
	var lost *RunLost
	if !errors.As(err, &lost) || lost.RunID != "01a" || lost.RequestID != "r1" || status.Code(err) != codes.Unavailable {
		t.Fatal(err)
	}
	if !strings.HasPrefix(err.Error(), "run 01a may still be going on: the daemon has been away for 1ms; start again with the request id r1 (") {
		t.Error(err)
	}
	lost.RequestID = ""
	if !strings.Contains(err.Error(), "see `wheelhouse runs watch 01a`") {
		t.Error(err)
	}
}

func TestRuleWhoeverServesWaitsLongerForADaemonThatIsAway(t *testing.T) {
	if got := reconnectFor(0, hanging(nil, nil)); got != 5*time.Minute {
		t.Error(got)
	}
	if got := reconnectFor(0, nil); got != giveUpAfter {
		t.Error(got)
	}
	if got := reconnectFor(time.Hour, nil); got != time.Hour {
		t.Error(got)
	}
}

// logged collects what log/slog is told until the end of the test.
func logged(t *testing.T) *bytes.Buffer {
	var said bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &said
}

func TestRuleAWorkerThatIsToEndDoesNotWaitForEverForADaemonThatIsAway(t *testing.T) {
	daemon, said := startDying(t), logged(t)
	begun, ended, result := make(chan struct{}), make(chan struct{}), make(chan error)
	worker := NewWorker(daemon.client, hanging(begun, ended))
	handOverFor(t, time.Millisecond)
	ctx, stop := context.WithCancel(t.Context())
	go func() { result <- worker.Run(ctx) }()
	daemon.invoke()
	<-begun
	daemon.kill()
	stop()
	if err := <-result; err != nil {
		t.Error(err)
	}
	<-ended
	for _, want := range []string{"the worker is attached", "serves=work", "the results of its calls are not handed over"} {
		if !strings.Contains(said.String(), want) {
			t.Error(want, "is not in", said.String())
		}
	}
}

type refusingDaemon struct {
	wheelhousev1.UnimplementedDeployerServiceServer
}

func refusal() error {
	refused, _ := status.New(codes.AlreadyExists, "another plan").WithDetails(
		&errdetails.ErrorInfo{Domain: "wheelhouse", Reason: "REQUEST_ID_REUSED"},
	)
	return refused.Err()
}

func (refusingDaemon) CreateRun(context.Context, *wheelhousev1.CreateRunRequest) (*wheelhousev1.CreateRunResponse, error) {
	return nil, refusal()
}

func (refusingDaemon) WatchRun(
	*wheelhousev1.WatchRunRequest, grpc.ServerStreamingServer[wheelhousev1.WatchRunResponse],
) error {
	return refusal()
}

func TestRuleAnErrorBeginsWithItsReason(t *testing.T) {
	client := dialFake(t, func(server *grpc.Server) { wheelhousev1.RegisterDeployerServiceServer(server, refusingDaemon{}) })
	for name, err := range map[string]error{
		"call":   client.Deploy(t.Context(), &wheelhousev1.CreateRunRequest{}, nil, nil),
		"stream": client.Watch(t.Context(), "01a", 0, nil),
	} {
		var refused *Error
		if !errors.As(err, &refused) || err.Error() != "REQUEST_ID_REUSED: another plan" || Reason(err) != refused.Reason {
			t.Error(name, err)
		}
		if code := status.Code(err); code != codes.AlreadyExists {
			t.Error(name, code)
		}
	}
}
