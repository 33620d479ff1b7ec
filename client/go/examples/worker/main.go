// Worker serves the hook `settings`, which plan.yaml calls, until it is told to end. It may be killed and started again at
// any time.
package main

import (
	"context"
	"fmt"
	"log"
	"os/signal"
	"syscall"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
)

type settings struct{ wheelhouse.Base }

var (
	_ wheelhouse.BeforeExec = settings{}
	_ wheelhouse.Validation = settings{}
)

type input struct{ Color string }

func (settings) PreExec(ctx context.Context, chart *wheelhouse.Chart) error {
	var input input
	if err := chart.Input(&input); err != nil {
		return err
	}
	chart.Done("the settings are " + input.Color)
	return chart.Apply(ctx, wheelhouse.Object{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": chart.GetName() + "-settings"},
		"data": map[string]any{"color": input.Color},
	})
}

// Validate is called when nothing has changed, too. Then PreExec is skipped, and has left no payload: what is expected is an
// input of this step as well.
func (settings) Validate(ctx context.Context, chart *wheelhouse.Chart) error {
	var input input
	if err := chart.Input(&input); err != nil {
		return err
	}
	found, err := chart.Get(ctx, wheelhouse.Ref{Kind: "ConfigMap", Name: chart.GetName() + "-settings"})
	if err != nil {
		return err
	}
	data, _ := found["data"].(map[string]any)
	if data["color"] != input.Color {
		return &wheelhouse.Failed{Message: fmt.Sprintf("the settings are %v", data["color"]), Reason: "WRONG_SETTINGS"}
	}
	chart.Done(fmt.Sprintf("the settings are still %v", data["color"]))
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := serve(ctx); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context) error {
	client, err := wheelhouse.Dial("", nil)
	if err != nil {
		return err
	}
	defer client.Close()
	return wheelhouse.NewWorker(client, map[string]wheelhouse.Lifecycle{"settings": settings{}}).Run(ctx)
}
