// Deploy deploys a chart archive and prints its stages: deploy CHART.tgz [NAMESPACE].
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: deploy CHART.tgz [NAMESPACE]")
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
	archive, err := os.Open(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	chart, err := client.UploadChart(ctx, archive)
	if err != nil {
		return err
	}
	plan := &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{
		Name:      chart.Name,
		Namespace: namespace,
		Chart:     &wheelhousev1.ChartSource{Source: &wheelhousev1.ChartSource_ArchiveDigest{ArchiveDigest: chart.Digest}},
	}}}
	created, err := client.Deployer.CreateRun(ctx, &wheelhousev1.CreateRunRequest{Plan: plan})
	if err != nil {
		return err
	}
	var failure error
	err = client.Watch(ctx, created.GetRun().GetId(), 0, func(event *wheelhousev1.RunEvent) error {
		if change := event.GetTransition(); change.GetStage() != 0 && change.GetStep() == "" {
			fmt.Println(change.GetStage(), change.GetState())
		}
		if first := event.GetFailure(); first != nil && failure == nil {
			failure = fmt.Errorf("%s: %s", first.GetReason(), first.GetMessage())
		}
		return nil
	})
	return errors.Join(err, failure)
}
