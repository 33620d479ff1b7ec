package wheelhouse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// LoadPlan returns the plan of a plan file, its charts uploaded. The command line `wheelhouse` reads it, which must be on the
// PATH, or be named by WHEELHOUSE_CLI. flags are those of its `plan pack`, such as "--environment", "prod".
func (c *Client) LoadPlan(ctx context.Context, path string, flags ...string) (*wheelhousev1.Plan, error) {
	folder, err := os.MkdirTemp("", "wheelhouse")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := packPlan(ctx, path, folder, flags); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "plan.json"))
	if err != nil {
		return nil, err
	}
	var packed struct {
		Plan     json.RawMessage
		Archives []string
	}
	if err := json.Unmarshal(text, &packed); err != nil {
		return nil, err
	}
	plan := &wheelhousev1.Plan{}
	if err := protojson.Unmarshal(packed.Plan, plan); err != nil {
		return nil, err
	}
	uploaded := map[string]*wheelhousev1.UploadChartResponse{}
	for i, chart := range plan.GetCharts() {
		name := packed.Archives[i]
		if name == "" {
			continue
		}
		if uploaded[name] == nil {
			if uploaded[name], err = c.uploadWhole(ctx, filepath.Join(folder, name)); err != nil {
				return nil, err
			}
		}
		if chart.Chart == nil {
			chart.Chart = &wheelhousev1.ChartSource{}
		}
		chart.Chart.Source = &wheelhousev1.ChartSource_ArchiveDigest{ArchiveDigest: uploaded[name].GetDigest()}
		if chart.GetName() == "" {
			chart.Name = uploaded[name].GetName()
		}
	}
	return plan, nil
}

func packPlan(ctx context.Context, path, folder string, flags []string) error {
	program := os.Getenv("WHEELHOUSE_CLI")
	if program == "" {
		program = "wheelhouse"
	}
	command := exec.CommandContext(ctx, program, append([]string{"plan", "pack", "-f", path, "--to", folder}, flags...)...)
	var told bytes.Buffer
	command.Stderr = &told
	err := command.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("plan files are read by the command line, which must be on the PATH, or be named by WHEELHOUSE_CLI: %w", err)
	}
	if text := bytes.TrimSpace(told.Bytes()); err != nil && len(text) > 0 {
		return errors.New(string(text))
	}
	return err
}

// uploadWhole also has the daemon fetch what the chart depends on and does not hold.
func (c *Client) uploadWhole(ctx context.Context, path string) (*wheelhousev1.UploadChartResponse, error) {
	chart, err := c.UploadPath(ctx, path)
	if err != nil || len(chart.GetMissingDependencies()) == 0 {
		return chart, err
	}
	built, err := c.Charts.BuildDependencies(ctx, &wheelhousev1.BuildDependenciesRequest{Digest: chart.GetDigest()})
	if err != nil {
		return nil, err
	}
	chart.Digest = built.GetDigest()
	return chart, nil
}
