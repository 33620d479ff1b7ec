package lifecycles

import (
	"context"
	"testing"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
	"github.com/wheelhouse/wheelhouse/client/go/wheelhousetest"
)

func run(t *testing.T, lifecycle wheelhouse.Lifecycle, call wheelhousetest.Call) *wheelhousetest.Done {
	t.Helper()
	done, err := wheelhousetest.Run(context.Background(), lifecycle, call)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func object(kind, name string) wheelhouse.Object {
	return wheelhouse.Object{"kind": kind, "metadata": map[string]any{"name": name}}
}

func TestWhatEksHasInstalledIsAdopted(t *testing.T) {
	if done := run(t, AwsVpcCni{}, wheelhousetest.Call{Stage: wheelhouse.CheckPrerequisites}); done.Failure.GetReason() != "NOT_EKS" {
		t.Error(done)
	}
	cluster := wheelhousetest.NewCluster(object("DaemonSet", "aws-node"), object("ServiceAccount", "aws-node"))
	done := run(t, AwsVpcCni{}, wheelhousetest.Call{Stage: wheelhouse.PreExec, Cluster: cluster})
	if done.Outcome != "adopted 2 objects" || ownerOf(cluster.Get("DaemonSet", "aws-node")) != "chart" {
		t.Error(done)
	}
}

func TestCustomResourcesGoWithTheirCrds(t *testing.T) {
	cluster := wheelhousetest.NewCluster(
		object("CustomResourceDefinition", "prometheuses.monitoring.coreos.com"), object("Prometheus", "main"),
	)
	done := run(t, PrometheusOperator{}, wheelhousetest.Call{Stage: wheelhouse.Exec, Cluster: cluster})
	if done.Failure != nil || cluster.Get("Prometheus", "main") != nil || len(done.Log) != 1 {
		t.Error(done)
	}
}

func TestCorednsIsRestartedOnlyForANewCorefile(t *testing.T) {
	config := object("ConfigMap", "coredns")
	config["data"] = map[string]any{"Corefile": "a"}
	cluster := wheelhousetest.NewCluster(config, object("Deployment", "coredns"))
	payload := run(t, CoreDNS{}, wheelhousetest.Call{Stage: wheelhouse.PreExec, Cluster: cluster}).Payload
	post := wheelhousetest.Call{Stage: wheelhouse.PostExec, Cluster: cluster, Payload: payload}
	if done := run(t, CoreDNS{}, post); done.Outcome != "the Corefile has not changed" {
		t.Error(done)
	}
	config["data"] = map[string]any{"Corefile": "b"}
	if done := run(t, CoreDNS{}, post); done.Outcome != "restarted for a new Corefile" {
		t.Error(done)
	}
}

func TestTheWebhookIsWaitedFor(t *testing.T) {
	done := run(t, CertManagerConfigs{Tries: 3}, wheelhousetest.Call{Stage: wheelhouse.PreExec})
	if done.Outcome != "the webhook answered after 1 tries" {
		t.Error(done)
	}
}

type database struct {
	schema  int
	backups map[string]int
}

func (d *database) Schema(context.Context) (int, error) { return d.schema, nil }
func (d *database) BackUp(_ context.Context, name string) error {
	d.backups[name] = d.schema
	return nil
}
func (d *database) Migrate(_ context.Context, to int) error {
	d.schema = to
	return nil
}
func (d *database) Restore(_ context.Context, name string) error {
	d.schema = d.backups[name]
	return nil
}

func TestDataIsMigratedOnceAndPutBackAfterAFailure(t *testing.T) {
	data := &database{schema: 1, backups: map[string]int{}}
	migration := DataMigration{Database: data}
	call := wheelhousetest.Call{Stage: wheelhouse.PreExec, Input: map[string]any{"schema": 2}}
	done := run(t, migration, call)
	call.Interrupted = true
	if again := run(t, migration, call); again.Outcome != "schema 2 is there" || len(data.backups) != 1 {
		t.Error(again)
	}
	run(t, migration, wheelhousetest.Call{Stage: wheelhouse.OnDeployFailure, Payload: done.Payload})
	if data.schema != 1 {
		t.Error(data)
	}
}

func TestACanaryThatFailsFailsTheDeploy(t *testing.T) {
	for rate, reason := range map[float64]string{0.001: "", 0.5: "ERRORS"} {
		canary := Canary{Ask: func(context.Context, string) (float64, error) { return rate, nil }}
		input := map[string]any{"query": "errors", "looks": 2, "seconds": 0}
		done := run(t, canary, wheelhousetest.Call{Stage: wheelhouse.Validate, Input: input})
		if done.Failure.GetReason() != reason {
			t.Error(rate, done)
		}
	}
}
