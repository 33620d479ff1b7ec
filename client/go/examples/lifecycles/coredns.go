package lifecycles

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
)

// CoreDNS restarts CoreDNS after a deploy only when its Corefile has changed, since it does not notice by itself.
type CoreDNS struct{ wheelhouse.Base }

// Effect: a restart too many does no harm.
func (CoreDNS) Effect(wheelhouse.Stage) wheelhouse.Effect { return wheelhouse.Repeatable }

// PreExec remembers what the Corefile was.
func (CoreDNS) PreExec(ctx context.Context, chart *wheelhouse.Chart) error {
	digest, err := corefile(ctx, chart)
	chart.SetPayload("corefile", digest)
	chart.Done("the Corefile is known")
	return err
}

// PostExec compares.
func (CoreDNS) PostExec(ctx context.Context, chart *wheelhouse.Chart) error {
	before, err := chart.RequirePayload("corefile")
	if err != nil {
		return err
	}
	now, err := corefile(ctx, chart)
	if err != nil {
		return err
	}
	if before == now {
		chart.Done("the Corefile has not changed")
		return nil
	}
	ref := wheelhouse.Ref{Kind: "Deployment", Name: "coredns"}
	annotations := map[string]any{"kubectl.kubernetes.io/restartedAt": time.Now().Format(time.RFC3339)}
	template := map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": annotations}}}
	if err := chart.MergePatch(ctx, ref, map[string]any{"spec": template}); err != nil {
		return err
	}
	chart.Done("restarted for a new Corefile")
	return chart.WaitReady(ctx, ref)
}

func corefile(ctx context.Context, chart *wheelhouse.Chart) (string, error) {
	config, err := chart.Get(ctx, wheelhouse.Ref{Kind: "ConfigMap", Name: "coredns"})
	if err != nil && !wheelhouse.IsNotFound(err) {
		return "", err
	}
	text, err := json.Marshal(config["data"])
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}
