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

func (settings) PreExec(ctx context.Context, chart *wheelhouse.Chart) error {
	var input struct{ Color string }
	if err := chart.Input(&input); err != nil {
		return err
	}
	chart.SetPayload("color", input.Color)
	chart.Done("the settings are " + input.Color)
	return chart.Apply(ctx, wheelhouse.Object{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": chart.GetName() + "-settings"},
		"data": map[string]any{"color": input.Color},
	})
}

func (settings) Validate(ctx context.Context, chart *wheelhouse.Chart) error {
	found, err := chart.Get(ctx, wheelhouse.Ref{Kind: "ConfigMap", Name: chart.GetName() + "-settings"})
	if err != nil {
		return err
	}
	data, _ := found["data"].(map[string]any)
	if color, _ := chart.Payload("color"); data["color"] != color {
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
