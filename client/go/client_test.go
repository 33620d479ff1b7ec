package wheelhouse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// The tests talk to the daemon that WHEELHOUSE_SERVER names, with the chart archive of WHEELHOUSE_TEST_CHART, in the
// namespace of WHEELHOUSE_TEST_NAMESPACE, and WHEELHOUSE_CLI names the command line; tests/e2e/client/test_go.py sets them.
func setUp(t *testing.T) (context.Context, *Client, *wheelhousev1.ChartInfo) {
	t.Helper()
	path, namespace := os.Getenv("WHEELHOUSE_TEST_CHART"), os.Getenv("WHEELHOUSE_TEST_NAMESPACE")
	if path == "" || namespace == "" {
		t.Skip("needs a daemon: tests/run e2e")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	client, err := Dial("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	archive, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	uploaded, err := client.UploadChart(ctx, bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	return ctx, client, &wheelhousev1.ChartInfo{
		Name:      "go-web",
		Namespace: namespace,
		Chart:     &wheelhousev1.ChartSource{Source: &wheelhousev1.ChartSource_ArchiveDigest{ArchiveDigest: uploaded.GetDigest()}},
		Timeout:   durationpb.New(time.Minute),
	}
}

func request(chart *wheelhousev1.ChartInfo) *wheelhousev1.CreateRunRequest {
	return &wheelhousev1.CreateRunRequest{Plan: &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{chart}}}
}

func TestDeployStreamsTheRunToItsEnd(t *testing.T) {
	ctx, client, chart := setUp(t)
	stream, err := client.Deployer.Deploy(ctx, &wheelhousev1.DeployRequest{Run: request(chart)})
	if err != nil {
		t.Fatal(err)
	}
	var first, last *wheelhousev1.RunEvent
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		last = response.GetEvent()
		if first == nil {
			first = last
		}
	}
	if first.GetSnapshot() == nil {
		t.Errorf("the stream begins with %v, not with a snapshot", first)
	}
	got, err := client.Deployer.GetRun(ctx, &wheelhousev1.GetRunRequest{RunId: last.GetRunId()})
	if err != nil {
		t.Fatal(err)
	}
	if state := got.GetRun().GetState(); state != wheelhousev1.RunState_RUN_STATE_SUCCEEDED {
		t.Errorf("the run is %v: %v", state, got.GetRun().GetFailure())
	}
}

func TestWatchAndCancel(t *testing.T) {
	ctx, client, chart := setUp(t)
	chart.Name = "go-slow"
	chart.Values = []*wheelhousev1.SetValue{{Key: "podBehaviour", Value: "never-ready"}}
	created, err := client.Deployer.CreateRun(ctx, request(chart))
	if err != nil {
		t.Fatal(err)
	}
	id := created.GetRun().GetId()
	var state wheelhousev1.RunState
	var last int64
	err = client.Watch(ctx, id, 0, func(event *wheelhousev1.RunEvent) error {
		if event.GetSync() != nil {
			_, err := client.Deployer.CancelRun(ctx, &wheelhousev1.CancelRunRequest{RunId: id})
			return err
		}
		if next := event.GetTransition().GetRunState(); next != 0 {
			state = next
		}
		if sequence := event.GetSequence(); sequence != 0 {
			if sequence != last+1 {
				t.Errorf("event %d follows %d", sequence, last)
			}
			last = sequence
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if state != wheelhousev1.RunState_RUN_STATE_CANCELLED {
		t.Errorf("the run is %v", state)
	}
	enough := status.Error(codes.Unavailable, "enough") // not taken for a lost stream
	if err := client.Watch(ctx, id, 0, func(*wheelhousev1.RunEvent) error { return enough }); err != enough {
		t.Errorf("an error of the reader's ends the watch with %v", err)
	}
}

func TestAPlanFileIsReadAndItsChartsAreUploaded(t *testing.T) {
	ctx, client, chart := setUp(t)
	file := filepath.Join(t.TempDir(), "plan.yaml")
	text := fmt.Sprintf("name: go\ncharts: [{namespace: %s, chart: {path: %s}, timeout: 2m}]\n", chart.GetNamespace(),
		os.Getenv("WHEELHOUSE_TEST_CHART"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	plan, err := client.LoadPlan(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	read := plan.GetCharts()[0]
	if plan.GetName() != "go" || read.GetName() != "web" || read.GetTimeout().AsDuration() != 2*time.Minute {
		t.Error(plan)
	}
	if read.GetChart().GetArchiveDigest() != chart.GetChart().GetArchiveDigest() {
		t.Error("another chart: ", read.GetChart())
	}
	if _, err := client.LoadPlan(ctx, file, "--environment", "none"); err == nil || !strings.Contains(err.Error(), "none") {
		t.Error(err)
	}
	t.Setenv("WHEELHOUSE_CLI", "no-such-program")
	if _, err := client.LoadPlan(ctx, file); err == nil || !strings.Contains(err.Error(), "WHEELHOUSE_CLI") {
		t.Error(err)
	}
}

func TestErrorsCarryTheirReason(t *testing.T) {
	ctx, client, chart := setUp(t)
	chart.Namespace = "NOT A NAME"
	if _, err := client.Deployer.CreateRun(ctx, request(chart)); Reason(err) != "PLAN_INVALID" {
		t.Errorf("the reason of %v is %q", err, Reason(err))
	}
}

// tests/e2e/daemon/test_tls.py names a daemon that listens on TCP, the files of a caller, and who that caller is.
func TestTLSSaysWhoCalls(t *testing.T) {
	server, caller := os.Getenv("WHEELHOUSE_TEST_TLS_SERVER"), os.Getenv("WHEELHOUSE_TEST_TLS_CALLER")
	if server == "" {
		t.Skip("needs a daemon with TLS: tests/run e2e")
	}
	creds, err := TLS(os.Getenv("WHEELHOUSE_TEST_TLS_CA"), os.Getenv("WHEELHOUSE_TEST_TLS_CERT"), os.Getenv("WHEELHOUSE_TEST_TLS_KEY"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := Dial(server, creds)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	status, err := client.Server.GetStatus(ctx, &wheelhousev1.GetStatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if status.GetCaller() != caller {
		t.Errorf("the daemon takes us for %q, not for %q", status.GetCaller(), caller)
	}
}
