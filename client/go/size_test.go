package wheelhouse

import (
	"context"
	"strings"
	"testing"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// The largest picture that a run can have: charts, and the evidence of their failures.
type largestRun struct {
	wheelhousev1.UnimplementedDeployerServiceServer
}

func (largestRun) GetRun(context.Context, *wheelhousev1.GetRunRequest) (*wheelhousev1.GetRunResponse, error) {
	run := &wheelhousev1.Run{Failure: &wheelhousev1.Failure{}}
	text := strings.Repeat("x", 64<<10)
	for range 500 {
		failure := &wheelhousev1.Failure{Evidence: []*wheelhousev1.Evidence{{Kind: "logs", Text: text}}}
		run.Charts = append(run.Charts, &wheelhousev1.ChartRun{Failure: failure})
		run.Failure.Secondary = append(run.Failure.Secondary, failure)
	}
	return &wheelhousev1.GetRunResponse{Run: run}, nil
}

func TestThePictureOfTheLargestRunArrives(t *testing.T) {
	client, err := Dial(serve(t, largestRun{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got, err := client.Deployer.GetRun(context.Background(), &wheelhousev1.GetRunRequest{RunId: "01a"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Run.Charts) != 500 {
		t.Errorf("it has %d charts", len(got.Run.Charts))
	}
}
