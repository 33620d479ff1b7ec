// Deploy deploys a chart archive and prints its stages: deploy CHART.tgz [NAMESPACE].
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	stream, err := client.Deployer.Deploy(ctx, &wheelhousev1.DeployRequest{Run: &wheelhousev1.CreateRunRequest{Plan: plan}})
	if err != nil {
		return err
	}
	return print(stream)
}

// print prints each stage's states; its error is the run's failure.
func print(stream wheelhousev1.DeployerService_DeployClient) error {
	var failure error
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return failure
		}
		if err != nil {
			return err
		}
		event := response.GetEvent()
		if change := event.GetTransition(); change.GetStage() != 0 && change.GetStep() == "" {
			fmt.Println(change.GetStage(), change.GetState())
		}
		if first := event.GetFailure(); first != nil && failure == nil {
			failure = fmt.Errorf("%s: %s", first.GetReason(), first.GetMessage())
		}
	}
}
