package wheelhouse

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// endedDaemon plays a daemon whose only run ends at once.
type endedDaemon struct {
	wheelhousev1.UnimplementedDeployerServiceServer
	run *wheelhousev1.Run
}

func (d *endedDaemon) CreateRun(
	context.Context, *wheelhousev1.CreateRunRequest,
) (*wheelhousev1.CreateRunResponse, error) {
	return &wheelhousev1.CreateRunResponse{Run: &wheelhousev1.Run{Id: "01a", State: wheelhousev1.RunState_RUN_STATE_RUNNING}}, nil
}

func (d *endedDaemon) GetRun(context.Context, *wheelhousev1.GetRunRequest) (*wheelhousev1.GetRunResponse, error) {
	return &wheelhousev1.GetRunResponse{Run: d.run}, nil
}

func (d *endedDaemon) WatchRun(
	_ *wheelhousev1.WatchRunRequest, stream grpc.ServerStreamingServer[wheelhousev1.WatchRunResponse],
) error {
	end := &wheelhousev1.Transition{RunState: d.run.GetState()}
	return stream.Send(&wheelhousev1.WatchRunResponse{Event: &wheelhousev1.RunEvent{
		RunId: "01a", Sequence: 1, Event: &wheelhousev1.RunEvent_Transition{Transition: end},
	}})
}

func TestRuleADeployThatFailsIsAnError(t *testing.T) {
	daemon := &endedDaemon{}
	client := dialFake(t, func(server *grpc.Server) { wheelhousev1.RegisterDeployerServiceServer(server, daemon) })
	failure := &wheelhousev1.Failure{Reason: "NOT_READY", Message: "why"}
	for _, run := range []*wheelhousev1.Run{
		{State: wheelhousev1.RunState_RUN_STATE_SUCCEEDED},
		{State: wheelhousev1.RunState_RUN_STATE_FAILED, Failure: failure},
		{State: wheelhousev1.RunState_RUN_STATE_CANCELLED},
	} {
		daemon.run = run
		err := client.Deploy(t.Context(), &wheelhousev1.CreateRunRequest{}, nil, nil)
		if run.GetState() == wheelhousev1.RunState_RUN_STATE_SUCCEEDED {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		var failed *RunFailed
		if !errors.As(err, &failed) || failed.State != run.GetState() || failed.RunID != "01a" {
			t.Fatal(err)
		}
		if run.Failure != nil && err.Error() != "run 01a FAILED: NOT_READY: why" {
			t.Error(err)
		}
	}
	failure.Chart = "shop/web"
	daemon.run = &wheelhousev1.Run{State: wheelhousev1.RunState_RUN_STATE_FAILED, Failure: failure, Charts: []*wheelhousev1.ChartRun{
		{Failure: failure}, {Failure: &wheelhousev1.Failure{Chart: "shop/beta"}}, {},
		{Failure: &wheelhousev1.Failure{Chart: "shop/gamma"}},
	}}
	var failed *RunFailed
	if err := client.Deploy(t.Context(), &wheelhousev1.CreateRunRequest{}, nil, nil); !errors.As(err, &failed) ||
		err.Error() != "run 01a FAILED: shop/web: NOT_READY: why, and 2 more: shop/beta, shop/gamma" || len(failed.Failures) != 3 {
		t.Error(err)
	}
}

func TestRuleAFolderIsPackedUnderItsName(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "web")
	for name, text := range map[string]string{"Chart.yaml": "name: web", "templates/a.yaml": "kind: A"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var packed bytes.Buffer
	if err := pack(folder, &packed); err != nil {
		t.Fatal(err)
	}
	zipped, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, header.Name+": "+string(text))
	}
	if slices.Sort(found); strings.Join(found, ", ") != "web/Chart.yaml: name: web, web/templates/a.yaml: kind: A" {
		t.Error(found)
	}
	client := dialFake(t, func(*grpc.Server) {})
	if _, err := client.UploadPath(t.Context(), filepath.Join(folder, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
