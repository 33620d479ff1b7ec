package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	"sigs.k8s.io/kwok/pkg/client/clientset/versioned"
	"sigs.k8s.io/kwok/pkg/kwok/controllers"
	kwokclient "sigs.k8s.io/kwok/pkg/utils/client"
)

// newKwokCommand is kwok's controllers, which make nodes and pods live. kwok's
// own command would bring a server for exec and attach, which nothing here
// asks for.
func newKwokCommand() *cobra.Command {
	var kubeconfig, stages string
	command := &cobra.Command{
		Use:          "kwok",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return runKwok(ctx, kubeconfig, stages)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "file to connect with")
	command.Flags().StringVar(&stages, "stages", "", "folder of the Stages")
	return command
}

func runKwok(ctx context.Context, kubeconfig, folder string) error {
	stages, err := readStages(folder)
	if err != nil {
		return err
	}
	config, err := kwokConfig(kubeconfig)
	if err != nil {
		return err
	}
	config.LocalStages = stages
	controller, err := controllers.NewController(config)
	if err != nil {
		return err
	}
	if err := controller.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// kwokConfig has the clients, and what kwok's own command has by default.
func kwokConfig(kubeconfig string) (controllers.Config, error) {
	config := controllers.Config{
		Clock: clock.RealClock{}, ManageAllNodes: true, CIDR: podRange,
		PodPlayStageParallelism: 4, NodePlayStageParallelism: 4,
		NodeLeaseDurationSeconds: 40, NodeLeaseParallelism: 4,
		PodsOnNodeSyncParallelism: 1, EnablePodsOnNodeSyncListPager: true,
	}
	clients, err := kwokclient.NewClientset("", kubeconfig)
	if err != nil {
		return config, err
	}
	connection, err := clients.ToRESTConfig()
	if err != nil {
		return config, err
	}
	config.ImpersonatingDynamicClient = clients.ToImpersonatingDynamicClient()
	var errs [6]error
	config.ID, errs[0] = controllers.Identity()
	config.DynamicClient, errs[1] = clients.ToDynamicClient()
	config.RESTMapper, errs[2] = clients.ToRESTMapper()
	config.RESTClient, errs[3] = rest.RESTClientFor(connection)
	config.TypedClient, errs[4] = kubernetes.NewForConfig(connection)
	config.TypedKwokClient, errs[5] = versioned.NewForConfig(connection)
	return config, errors.Join(errs[:]...)
}

// readStages reads the Stages of a folder's YAML files, by what they are for.
func readStages(folder string) (map[internalversion.StageResourceRef][]*internalversion.Stage, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no Stages in " + folder)
	}
	sort.Strings(files)
	all := map[internalversion.StageResourceRef][]*internalversion.Stage{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
		for {
			var stage v1alpha1.Stage
			if err := decoder.Decode(&stage); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			v1alpha1.SetObjectDefaults_Stage(&stage)
			internal, err := internalversion.ConvertToInternalStage(&stage)
			if err != nil {
				return nil, err
			}
			all[internal.Spec.ResourceRef] = append(all[internal.Spec.ResourceRef], internal)
		}
	}
	return all, nil
}
