package lifecycles

import (
	"context"
	"errors"
	"fmt"
	"strings"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
)

// PrometheusOperator is for a chart that is destroyed: its own exec takes the custom resources away before the CRDs that
// they are of.
type PrometheusOperator struct{ wheelhouse.Base }

var operatorKinds = []string{
	"Prometheus", "Alertmanager", "ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "ThanosRuler",
}

// Effect of deleting twice is that of deleting once.
func (PrometheusOperator) Effect(wheelhouse.Stage) wheelhouse.Effect { return wheelhouse.Repeatable }

// Exec runs instead of helm.
func (PrometheusOperator) Exec(ctx context.Context, chart *wheelhouse.Chart) error {
	// The operator is still there, and does what their finalizers wait for.
	for _, kind := range operatorKinds {
		resources, err := chart.List(ctx, wheelhouse.Selector{Kind: kind})
		if isUnknown(err) { // its CRD is gone already
			continue
		}
		if err != nil {
			return err
		}
		for _, one := range resources {
			name, _ := one["metadata"].(map[string]any)["name"].(string)
			if err := chart.Delete(ctx, wheelhouse.Ref{Kind: kind, Name: name}); err != nil {
				return err
			}
			chart.Log("deleted %s %s", kind, name)
		}
	}
	label := "app.kubernetes.io/instance=" + chart.GetName()
	for _, kind := range []string{"Deployment", "Service", "ServiceAccount", "ConfigMap"} {
		if err := chart.DeleteAll(ctx, wheelhouse.Selector{Kind: kind, LabelSelector: label}); err != nil {
			return err
		}
	}
	// helm's records: nothing is left that they tell of.
	records := wheelhouse.Selector{Kind: "Secret", LabelSelector: "owner=helm,name=" + chart.GetName()}
	if err := chart.DeleteAll(ctx, records); err != nil {
		return err
	}
	for _, kind := range operatorKinds {
		crd := wheelhouse.Ref{Kind: "CustomResourceDefinition", Name: plural(kind) + ".monitoring.coreos.com"}
		if err := chart.Delete(ctx, crd); err != nil {
			return err
		}
	}
	chart.Done(fmt.Sprintf("uninstalled, with %d CRDs", len(operatorKinds)))
	return nil
}

func isUnknown(err error) bool {
	var cluster *wheelhouse.ClusterError
	return errors.As(err, &cluster) && cluster.Reason == "KIND_UNKNOWN"
}

func plural(kind string) string {
	if strings.HasSuffix(kind, "s") {
		return strings.ToLower(kind) + "es"
	}
	return strings.ToLower(kind) + "s"
}
