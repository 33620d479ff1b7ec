package lifecycles

import (
	"context"
	"fmt"
	"time"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
)

// Canary asks Prometheus for the rate of errors while the new version serves, and fails the deploy when it is too high.
type Canary struct {
	wheelhouse.Base
	// Ask asks Prometheus.
	Ask func(ctx context.Context, query string) (float64, error)
}

type canaryInput struct {
	Query   string  `json:"query"` // in PromQL; its value is the rate of errors
	Most    float64 `json:"most"`
	Looks   int     `json:"looks"`
	Seconds int     `json:"seconds"` // between two looks
}

// Effect: it only asks.
func (Canary) Effect(wheelhouse.Stage) wheelhouse.Effect { return wheelhouse.ReadOnly }

// Validate looks several times.
func (c Canary) Validate(ctx context.Context, chart *wheelhouse.Chart) error {
	input := canaryInput{Most: 0.01, Looks: 10, Seconds: 30}
	if err := chart.Input(&input); err != nil {
		return err
	}
	for look := 1; look <= input.Looks; look++ {
		rate, err := c.Ask(ctx, input.Query)
		if err != nil {
			return err
		}
		chart.Progress("look %d of %d: %.2f%% errors", look, input.Looks, 100*rate)
		if rate > input.Most {
			return &wheelhouse.Failed{Message: fmt.Sprintf("%.2f%% of the requests fail", 100*rate), Reason: "ERRORS"}
		}
		select {
		case <-ctx.Done(): // a cancel ends it
			return ctx.Err()
		case <-time.After(time.Duration(input.Seconds) * time.Second):
		}
	}
	chart.Done(fmt.Sprintf("%d looks, no more than %.2f%% errors", input.Looks, 100*input.Most))
	return nil
}
