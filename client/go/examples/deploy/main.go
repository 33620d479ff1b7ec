// Deploy deploys a chart, a folder or a .tgz, and prints what happens: deploy CHART [NAMESPACE].
package main

import (
	"context"
	"fmt"
	"os"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: deploy CHART [NAMESPACE]")
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
	chart, err := client.UploadPath(ctx, path)
	if err != nil {
		return err
	}
	request := &wheelhousev1.CreateRunRequest{Plan: &wheelhousev1.Plan{Charts: []*wheelhousev1.ChartInfo{{
		Name: chart.GetName(), Namespace: namespace,
		Chart: &wheelhousev1.ChartSource{Source: &wheelhousev1.ChartSource_ArchiveDigest{ArchiveDigest: chart.GetDigest()}},
	}}}}
	return client.Deploy(ctx, request, nil, func(event *wheelhousev1.RunEvent) error {
		if line := wheelhouse.Line(event); line != "" {
			fmt.Println(line)
		}
		return nil
	})
}
