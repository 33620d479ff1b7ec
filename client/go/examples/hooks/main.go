// Hooks deploys a chart with code of this process in its stages: hooks CHART [NAMESPACE].
package main

import (
	"context"
	"fmt"
	"os"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// web is the chart's lifecycle: it embeds the default, and has two stages of its own.
type web struct{ wheelhouse.Base }

var (
	_ wheelhouse.BeforeExec = web{}
	_ wheelhouse.Validation = web{}
)

func (web) Effect(wheelhouse.Stage) wheelhouse.Effect { return wheelhouse.Repeatable }

func (web) PreExec(ctx context.Context, chart *wheelhouse.Chart) error {
	chart.Log("attempt %d: %s", chart.Attempt, chart.GetDecision())
	chart.Done("the settings are there")
	return chart.Apply(ctx, wheelhouse.Object{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "settings"},
		"data": map[string]string{"color": "blue"},
	})
}

func (web) Validate(ctx context.Context, chart *wheelhouse.Chart) error {
	settings, err := chart.Get(ctx, wheelhouse.Ref{Kind: "ConfigMap", Name: "settings"})
	if wheelhouse.IsNotFound(err) {
		return &wheelhouse.Failed{Message: "the settings are gone", Reason: "SETTINGS_GONE"}
	}
	chart.Done(fmt.Sprintf("the settings are %v", settings["data"]))
	return err
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: hooks CHART [NAMESPACE]")
		os.Exit(2)
	}
	namespace := "default"
	if len(os.Args) > 2 {
		namespace = os.Args[2]
	}
	if err := deploy(context.Background(), os.Args[1], namespace); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func deploy(ctx context.Context, path, namespace string) error {
	client, err := wheelhouse.Dial("", nil)
	if err != nil {
		return err
	}
	defer client.Close()
	chart, err := client.UploadPath(ctx, path)
	if err != nil {
		return err
	}
	request := &wheelhousev1.CreateRunRequest{Plan: &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{
		Name: chart.GetName(), Namespace: namespace,
		Chart: &wheelhousev1.ChartSource{Source: &wheelhousev1.ChartSource_ArchiveDigest{ArchiveDigest: chart.GetDigest()}},
	}}}}
	lifecycles := map[string]wheelhouse.Lifecycle{chart.GetName(): web{}}
	return client.Deploy(ctx, request, lifecycles, func(event *wheelhousev1.RunEvent) error {
		change := event.GetTransition()
		if change.GetKind() == "hook" && change.GetState() == wheelhousev1.State_STATE_SUCCEEDED {
			fmt.Printf("%s: %s\n", change.GetStep(), change.GetOutcome())
		}
		return nil
	})
}
