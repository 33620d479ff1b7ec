package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/component-base/version"
)

const (
	nodeCount = 3
	pollEvery = 50 * time.Millisecond
	// Folder of the hostpath provisioner's volumes, fixed in Kubernetes.
	volumeFolder = "/tmp/hostpath_pv/"
)

// cluster is the administrator's view of the API server.
type cluster struct{ kubernetes.Interface }

func connect(kubeconfig string) (cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return cluster{}, err
	}
	config.QPS = -1 // our own few requests wait for nothing
	client, err := kubernetes.NewForConfig(config)
	return cluster{client}, err
}

// waitServing returns when the API server says that it is ready.
func (c cluster) waitServing(ctx context.Context) error {
	return poll(ctx, "the API server is ready", func() bool {
		var status int
		c.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).StatusCode(&status)
		return status == http.StatusOK
	})
}

// furnish makes the nodes and the default StorageClass.
func (c cluster) furnish(ctx context.Context, logsPort int) error {
	for i := 1; i <= nodeCount; i++ {
		if _, err := c.CoreV1().Nodes().Create(ctx, node(i, logsPort), metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("making node %d: %w", i, err)
		}
	}
	_, err := c.StorageV1().StorageClasses().Create(ctx, &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "standard",
			Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		Provisioner: "kubernetes.io/host-path",
	}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("making the default StorageClass: %w", err)
	}
	return nil
}

// node has an InternalIP that no other machine has, since pods on the host's
// network take it and EndpointSlices may not hold loopback addresses; the API
// server reaches the node's logs by its Hostname.
func node(number, logsPort int) *corev1.Node {
	name := fmt.Sprintf("sandbox-%d", number)
	room := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("64"),
		corev1.ResourceMemory:           resource.MustParse("256Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Ti"),
		corev1.ResourcePods:             resource.MustParse("500"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			corev1.LabelHostname:       name,
			corev1.LabelOSStable:       "linux",
			corev1.LabelArchStable:     runtime.GOARCH,
			corev1.LabelTopologyRegion: "sandbox",
			corev1.LabelTopologyZone:   fmt.Sprintf("sandbox-%c", 'a'+number-1),
		}},
		Status: corev1.NodeStatus{
			Capacity:    room,
			Allocatable: room,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.1.0.%d", number)},
				{Type: corev1.NodeHostName, Address: "127.0.0.1"},
			},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{
				KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(logsPort)},
			},
			NodeInfo: corev1.NodeSystemInfo{
				Architecture:    runtime.GOARCH,
				OperatingSystem: "linux",
				KubeletVersion:  version.Get().GitVersion,
			},
		},
	}
}

// waitUsable returns when a pod made in namespace default would run.
func (c cluster) waitUsable(ctx context.Context) error {
	return poll(ctx, "nodes and service accounts are ready", func() bool {
		_, err := c.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		if err != nil {
			return false
		}
		nodes, err := c.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return false
		}
		ready := 0
		for i := range nodes.Items {
			if nodeReady(&nodes.Items[i]) {
				ready++
			}
		}
		return ready == nodeCount
	})
}

// nodeReady is a node that is Ready and that nothing keeps pods from.
func nodeReady(n *corev1.Node) bool {
	if len(n.Spec.Taints) > 0 {
		return false
	}
	for _, condition := range n.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// removeVolumes removes the folders that the hostpath provisioner made for
// this sandbox: they lie outside its directory.
func (c cluster) removeVolumes() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	volumes, err := c.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	for _, volume := range volumes.Items {
		if source := volume.Spec.HostPath; source != nil && strings.HasPrefix(source.Path, volumeFolder) {
			_ = os.RemoveAll(source.Path)
		}
	}
	_ = os.Remove(volumeFolder) // only when no other sandbox has volumes
}

func poll(ctx context.Context, what string, done func() bool) error {
	err := wait.PollUntilContextCancel(ctx, pollEvery, true, func(context.Context) (bool, error) { return done(), nil })
	if err != nil {
		return fmt.Errorf("waiting until %s: %w", what, err)
	}
	return nil
}
