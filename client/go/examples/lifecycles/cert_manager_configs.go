package lifecycles

import (
	"context"
	"errors"
	"fmt"
	"time"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
)

// CertManagerConfigs is for a chart of issuers: cert-manager's webhook answers some time after its pods are ready, so an
// issuer is tried until it does.
type CertManagerConfigs struct {
	wheelhouse.Base
	Tries int
	Pause time.Duration
}

// Effect of trying twice is that of trying once.
func (CertManagerConfigs) Effect(wheelhouse.Stage) wheelhouse.Effect { return wheelhouse.Repeatable }

// PreExec waits for the webhook.
func (c CertManagerConfigs) PreExec(ctx context.Context, chart *wheelhouse.Chart) error {
	probe := wheelhouse.Ref{APIVersion: "cert-manager.io/v1", Kind: "Issuer", Name: chart.GetName() + "-probe"}
	issuer := wheelhouse.Object{
		"apiVersion": probe.APIVersion, "kind": probe.Kind, "metadata": map[string]any{"name": probe.Name},
		"spec": map[string]any{"selfSigned": map[string]any{}},
	}
	for try := 1; try <= c.Tries; try++ {
		err := chart.Apply(ctx, issuer)
		if err == nil {
			chart.Done(fmt.Sprintf("the webhook answered after %d tries", try))
			return chart.Delete(ctx, probe)
		}
		var cluster *wheelhouse.ClusterError
		if !errors.As(err, &cluster) || cluster.Reason == "PERMISSION_DENIED" {
			return err
		}
		chart.Progress("the webhook does not answer yet: %v", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(c.Pause):
		}
	}
	return &wheelhouse.Failed{Message: "cert-manager's webhook does not answer", Reason: "NO_WEBHOOK", Retryable: true}
}
