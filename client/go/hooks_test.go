package wheelhouse

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// hookDaemon plays the daemon: received has what the worker sends, but for heartbeats; nil in sending breaks the session.
type hookDaemon struct {
	wheelhousev1.UnimplementedHookServiceServer
	received chan *wheelhousev1.SessionRequest
	sending  chan *wheelhousev1.SessionResponse
}

func (d *hookDaemon) Session(stream grpc.BidiStreamingServer[wheelhousev1.SessionRequest, wheelhousev1.SessionResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	d.received <- first
	go func() {
		for {
			request, err := stream.Recv()
			if err != nil {
				return
			}
			if request.GetHeartbeat() == nil {
				d.received <- request
			}
		}
	}()
	attached := &wheelhousev1.SessionResponse{
		Message: &wheelhousev1.SessionResponse_Attached{Attached: &wheelhousev1.Attached{}},
	}
	if err := stream.Send(attached); err != nil {
		return err
	}
	for {
		select {
		case <-stream.Context().Done():
			return nil
		case response := <-d.sending:
			if response == nil {
				return status.Error(codes.Unavailable, "broken")
			}
			if err := stream.Send(response); err != nil {
				return err
			}
		}
	}
}

// next returns the next message that is wanted.
func (d *hookDaemon) next(wanted func(*wheelhousev1.SessionRequest) bool) *wheelhousev1.SessionRequest {
	for request := range d.received {
		if wanted(request) {
			return request
		}
	}
	return nil
}

func (d *hookDaemon) result() *wheelhousev1.Result {
	return d.next(func(r *wheelhousev1.SessionRequest) bool { return r.GetResult() != nil }).GetResult()
}

func (d *hookDaemon) invoke() *wheelhousev1.Attempt {
	attempt := &wheelhousev1.Attempt{Id: "call", Attempt: 1}
	d.sending <- &wheelhousev1.SessionResponse{Message: &wheelhousev1.SessionResponse_Invoke{Invoke: &wheelhousev1.Invoke{
		Attempt: attempt, Name: "work", Stage: PreExec, Heartbeat: durationpb.New(30 * time.Second),
	}}}
	return attempt
}

func (d *hookDaemon) acknowledge(attempt *wheelhousev1.Attempt) {
	d.sending <- &wheelhousev1.SessionResponse{Message: &wheelhousev1.SessionResponse_ResultAck{
		ResultAck: &wheelhousev1.ResultAck{Attempt: attempt},
	}}
}

type working struct {
	Base
	work func(ctx context.Context, chart *Chart) error
}

func (w working) PreExec(ctx context.Context, chart *Chart) error { return w.work(ctx, chart) }

// dialFake returns a client of a server with the services that register adds, both closed at the end of the test.
func dialFake(t *testing.T, register func(server *grpc.Server)) *Client {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	register(server)
	go server.Serve(listener)
	client, err := Dial("unix://"+socket, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Stop()
	})
	return client
}

// serveHook starts a worker, which is drained at the end of the test.
func serveHook(t *testing.T, work func(ctx context.Context, chart *Chart) error) (*hookDaemon, func()) {
	t.Helper()
	daemon := &hookDaemon{
		received: make(chan *wheelhousev1.SessionRequest, 100), sending: make(chan *wheelhousev1.SessionResponse, 100),
	}
	client := dialFake(t, func(server *grpc.Server) { wheelhousev1.RegisterHookServiceServer(server, daemon) })
	ctx, drain := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- NewWorker(client, map[string]Lifecycle{"work": working{work: work}}).Run(ctx) }()
	t.Cleanup(func() {
		drain()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return daemon, drain
}

func TestRuleAResultIsSentAgainUntilItIsAcknowledged(t *testing.T) {
	daemon, _ := serveHook(t, func(_ context.Context, chart *Chart) error {
		chart.Done("done")
		return nil
	})
	attempt := daemon.invoke()
	if daemon.result().GetOutcome() != "done" {
		t.Fatal("another result")
	}
	daemon.sending <- nil
	attach := daemon.next(func(r *wheelhousev1.SessionRequest) bool { return len(r.GetAttach().GetHeld()) > 0 })
	if attach.GetAttach().GetHeld()[0].GetId() != attempt.GetId() {
		t.Error(attach)
	}
	if daemon.result().GetOutcome() != "done" {
		t.Error("another result")
	}
	daemon.acknowledge(attempt)
}

func TestRuleARequestIsAskedAgainByTheNextSession(t *testing.T) {
	daemon, _ := serveHook(t, func(ctx context.Context, chart *Chart) error {
		object, err := chart.Get(ctx, Ref{Kind: "ConfigMap", Name: "a"})
		name, _ := object["kind"].(string)
		chart.Done(name)
		return err
	})
	attempt := daemon.invoke()
	asks := func(r *wheelhousev1.SessionRequest) bool { return r.GetCluster() != nil }
	first := daemon.next(asks)
	daemon.sending <- nil
	again := daemon.next(asks)
	if again.GetCluster().GetNumber() != first.GetCluster().GetNumber() {
		t.Error(again)
	}
	daemon.sending <- &wheelhousev1.SessionResponse{Message: &wheelhousev1.SessionResponse_Cluster{
		Cluster: &wheelhousev1.ClusterResponse{
			Attempt: attempt, Number: again.GetCluster().GetNumber(), Objects: []string{`{"kind": "ConfigMap"}`},
		},
	}}
	if result := daemon.result(); result.GetOutcome() != "ConfigMap" {
		t.Error(result)
	}
	daemon.acknowledge(attempt)
}

func TestRuleACancelEndsTheContext(t *testing.T) {
	begun := make(chan struct{})
	daemon, _ := serveHook(t, func(ctx context.Context, chart *Chart) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	attempt := daemon.invoke()
	<-begun
	daemon.sending <- &wheelhousev1.SessionResponse{Message: &wheelhousev1.SessionResponse_Cancel{
		Cancel: &wheelhousev1.Cancel{Attempt: attempt, Reason: "CANCELLED"},
	}}
	if result := daemon.result(); result.GetFailure().GetReason() != "CANCELLED" {
		t.Error(result)
	}
	daemon.acknowledge(attempt)
}

func TestRuleAWorkerThatDrainsFinishesWhatItHas(t *testing.T) {
	goesOn := make(chan struct{})
	daemon, drain := serveHook(t, func(context.Context, *Chart) error {
		<-goesOn
		panic("at the end")
	})
	attempt := daemon.invoke()
	daemon.next(func(r *wheelhousev1.SessionRequest) bool { return r.GetAccept() != nil })
	drain()
	daemon.next(func(r *wheelhousev1.SessionRequest) bool { return r.GetDrain() != nil })
	late := daemon.invoke()
	if declined := daemon.next(func(r *wheelhousev1.SessionRequest) bool { return r.GetDecline() != nil }); declined.
		GetDecline().GetAttempt().GetId() != late.GetId() {
		t.Error(declined)
	}
	close(goesOn)
	// Above the method there are no frames in the log, and none of the runtime.
	var log []string
	last := daemon.next(func(r *wheelhousev1.SessionRequest) bool {
		log = append(log, r.GetLog().GetLine())
		return r.GetResult() != nil
	})
	if last.GetResult().GetFailure().GetMessage() != "panic: at the end" {
		t.Error(last)
	}
	if len(log) != 6 || log[0] != "panic: at the end" || !strings.Contains(log[1], "TestRule") ||
		!strings.Contains(log[2], "hooks_test.go:") || !strings.Contains(log[3], "PreExec") {
		t.Error(strings.Join(log, "\n"))
	}
	daemon.acknowledge(attempt)
}

func TestRuleAPlanGetsAStepForEachStageOfItsLifecycle(t *testing.T) {
	plan := &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{Name: "web", Namespace: "shop"}}}
	if err := addSteps(plan, "web", working{}, "s", deployOptions{}); err != nil {
		t.Fatal(err)
	}
	steps := plan.GetCharts()[0].GetStages().GetPreExec().GetBefore()
	if len(steps) != 1 || steps[0].GetHook().GetEffect() != Once || steps[0].GetHook().GetScope() != "s" {
		t.Error(steps)
	}
	if steps[0].GetName() != "working.pre_exec" {
		t.Error(steps[0].GetName())
	}
	if err := addSteps(plan, "db", working{}, "s", deployOptions{}); err == nil {
		t.Error("a chart that the plan does not have")
	}
	if err := addSteps(plan, "web", Base{}, "s", deployOptions{}); err == nil || !strings.Contains(err.Error(), "PreExec") {
		t.Error("a lifecycle without stages", err)
	}
}

type repeatable struct{ working }

func (repeatable) Effect(Stage) Effect { return Repeatable }

func (repeatable) CheckPrerequisites(context.Context, *Chart) error { return nil }

func TestRuleCheckPrerequisitesOnlyReadsWhateverTheEffectOfTheOthersIs(t *testing.T) {
	plan := &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{Name: "web", Namespace: "shop"}}}
	if err := addSteps(plan, "web", &repeatable{}, "s", deployOptions{heartbeat: time.Second}); err != nil {
		t.Fatal(err)
	}
	stages := plan.GetCharts()[0].GetStages()
	check, before := stages.GetCheckPrerequisites().GetAfter()[0], stages.GetPreExec().GetBefore()[0]
	if check.GetHook().GetEffect() != ReadOnly || before.GetHook().GetEffect() != Repeatable {
		t.Error(check, before)
	}
	if before.GetName() != "repeatable.pre_exec" || before.GetHook().GetHeartbeat().AsDuration() != time.Second {
		t.Error(before)
	}
}

// createDaemon plays a daemon that takes a run, and then goes away.
type createDaemon struct {
	wheelhousev1.UnimplementedDeployerServiceServer
	created chan *wheelhousev1.CreateRunRequest
}

func (d *createDaemon) CreateRun(
	_ context.Context, request *wheelhousev1.CreateRunRequest,
) (*wheelhousev1.CreateRunResponse, error) {
	d.created <- request
	return nil, status.Error(codes.InvalidArgument, "enough")
}

func TestRuleTheStepsOfALifecycleSayWhatHappensWhenItsProcessIsGone(t *testing.T) {
	hooks := &hookDaemon{
		received: make(chan *wheelhousev1.SessionRequest, 100), sending: make(chan *wheelhousev1.SessionResponse),
	}
	runs := &createDaemon{created: make(chan *wheelhousev1.CreateRunRequest, 1)}
	client := dialFake(t, func(server *grpc.Server) {
		wheelhousev1.RegisterHookServiceServer(server, hooks)
		wheelhousev1.RegisterDeployerServiceServer(server, runs)
	})
	for _, one := range []struct {
		requestID string
		options   []DeployOption
		want      wheelhousev1.NoWorker
	}{
		{"r", nil, wheelhousev1.NoWorker_NO_WORKER_WAIT},
		{"r", []DeployOption{FailWhenGone()}, wheelhousev1.NoWorker_NO_WORKER_FAIL},
		{"", nil, wheelhousev1.NoWorker_NO_WORKER_FAIL}, // nobody can come back
	} {
		request := &wheelhousev1.CreateRunRequest{
			RequestId: one.requestID,
			Plan:      &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{Name: "web", Namespace: "shop"}}},
		}
		err := client.Deploy(t.Context(), request, map[string]Lifecycle{"web": working{}}, nil, one.options...)
		if status.Code(err) != codes.InvalidArgument {
			t.Fatal(err)
		}
		created := <-runs.created
		hook := created.GetPlan().GetCharts()[0].GetStages().GetPreExec().GetBefore()[0].GetHook()
		if hook.GetNoWorker() != one.want || hook.GetScope() != scopeOf(created.GetRequestId()) {
			t.Error(hook)
		}
	}
}

func TestRuleThePayloadSaysWhyAKeyIsMissing(t *testing.T) {
	facts := &wheelhousev1.HookChart{Decision: wheelhousev1.Decision_DECISION_UNCHANGED}
	chart := NewChart(&wheelhousev1.Invoke{Chart: facts, Payload: map[string]string{"there": "blue"}}, nil)
	if value, err := chart.RequirePayload("there"); value != "blue" || err != nil {
		t.Error(value, err)
	}
	want := `no step of this run has set "color" of the payload: nothing has changed, so that PreExec, Exec and PostExec are skipped`
	if _, err := chart.RequirePayload("color"); err == nil || err.Error() != want {
		t.Error(err)
	}
}

type reading struct{ working }

func (reading) Values() (plain, secret []string) {
	return []string{"replicas"}, []string{"db.password"}
}

func TestRuleAHookReadsTheValuesThatItsStepNames(t *testing.T) {
	plan := &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{Name: "web", Namespace: "shop"}}}
	if err := addSteps(plan, "web", reading{}, "s", deployOptions{}); err != nil {
		t.Fatal(err)
	}
	hook := plan.GetCharts()[0].GetStages().GetPreExec().GetBefore()[0].GetHook()
	if !slices.Equal(hook.GetValues(), []string{"replicas"}) || !slices.Equal(hook.GetSecretValues(), []string{"db.password"}) {
		t.Error(hook)
	}
	chart := NewChart(&wheelhousev1.Invoke{Chart: &wheelhousev1.HookChart{Values: map[string]string{"replicas": "3"}}}, nil)
	var replicas int
	if found, err := chart.Value("replicas", &replicas); !found || err != nil || replicas != 3 {
		t.Error(found, err, replicas)
	}
	if found, err := chart.Value("unknown", &replicas); found || err != nil {
		t.Error(found, err)
	}
	var text string
	if _, err := chart.Value("replicas", &text); err == nil {
		t.Error("a number as a text")
	}
}

func TestRuleADifferenceBetweenThePlansEffectAndTheCodesIsSaidOnce(t *testing.T) {
	var said bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	defer slog.SetDefault(before)
	worker := NewWorker(nil, map[string]Lifecycle{"says": repeatable{}, "silent": working{}})
	for _, name := range []string{"says", "says", "silent"} {
		worker.warnOfEffect(&wheelhousev1.Invoke{Name: name, Stage: PreExec, Effect: Once})
	}
	worker.warnOfEffect(&wheelhousev1.Invoke{Name: "says", Stage: PreExec, Effect: Repeatable})
	if lines := strings.Count(said.String(), "\n"); lines != 1 || !strings.Contains(said.String(), "plan=ONCE code=REPEATABLE") {
		t.Error(said.String())
	}
}
