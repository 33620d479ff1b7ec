// Package lifecycles has the lifecycles of well-known charts as examples.
package lifecycles

import (
	"context"
	"fmt"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
)

// AwsVpcCni takes over what EKS has installed, without helm, before helm meets it.
type AwsVpcCni struct{ wheelhouse.Base }

var installed = []wheelhouse.Ref{
	{Kind: "DaemonSet", Name: "aws-node"},
	{Kind: "ServiceAccount", Name: "aws-node"},
	{Kind: "ConfigMap", Name: "amazon-vpc-cni"},
	{Kind: "ClusterRole", Name: "aws-node"},
	{Kind: "ClusterRoleBinding", Name: "aws-node"},
}

// Version is part of what is deployed.
func (AwsVpcCni) Version() string { return "1" }

// Effect of adopting twice is that of adopting once.
func (AwsVpcCni) Effect(wheelhouse.Stage) wheelhouse.Effect { return wheelhouse.Repeatable }

// CheckPrerequisites stops the deploy where there is nothing to adopt.
func (AwsVpcCni) CheckPrerequisites(ctx context.Context, chart *wheelhouse.Chart) error {
	_, err := chart.Get(ctx, wheelhouse.Ref{Kind: "DaemonSet", Name: "aws-node"})
	if wheelhouse.IsNotFound(err) {
		return &wheelhouse.Failed{Message: "there is no DaemonSet aws-node: is this an EKS cluster?", Reason: "NOT_EKS"}
	}
	chart.Done("EKS has installed the CNI")
	return err
}

// PreExec marks what is there as the release's own.
func (AwsVpcCni) PreExec(ctx context.Context, chart *wheelhouse.Chart) error {
	adopted := 0
	for _, ref := range installed {
		object, err := chart.Get(ctx, ref)
		if wheelhouse.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if owner := ownerOf(object); owner != "" && owner != chart.GetName() {
			return &wheelhouse.Failed{
				Message: fmt.Sprintf("%s %s belongs to the release %s", ref.Kind, ref.Name, owner), Reason: "OWNED",
			}
		}
		marks := map[string]any{
			"labels": map[string]string{"app.kubernetes.io/managed-by": "Helm"},
			"annotations": map[string]string{
				"meta.helm.sh/release-name":      chart.GetName(),
				"meta.helm.sh/release-namespace": chart.GetNamespace(),
			},
		}
		if err := chart.MergePatch(ctx, ref, map[string]any{"metadata": marks}); err != nil {
			return err
		}
		adopted++
	}
	chart.Done(fmt.Sprintf("adopted %d objects", adopted))
	return nil
}

func ownerOf(object wheelhouse.Object) string {
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	owner, _ := annotations["meta.helm.sh/release-name"].(string)
	return owner
}
