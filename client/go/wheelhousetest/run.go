// Package wheelhousetest runs lifecycles without a daemon, against a cluster in memory: for the tests of your own code.
package wheelhousetest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/types/known/structpb"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// Cluster holds objects by kind, namespace and name. It knows merge patches only, and whatever is waited for is as it
// should be at once.
type Cluster struct {
	Namespace string
	Logs      map[string]string // by pod

	mu      sync.Mutex
	objects map[[3]string]wheelhouse.Object
}

// NewCluster returns a cluster with objects; those without a namespace are in "default".
func NewCluster(objects ...wheelhouse.Object) *Cluster {
	c := &Cluster{Namespace: "default", objects: map[[3]string]wheelhouse.Object{}}
	for _, object := range objects {
		c.objects[c.keyOf(object)] = object
	}
	return c
}

// Get returns nil for an object that does not exist.
func (c *Cluster) Get(kind, name string) wheelhouse.Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.objects[[3]string{kind, c.Namespace, name}]
}

// Call is what a method is called with.
type Call struct {
	Stage       wheelhouse.Stage
	Cluster     *Cluster                // nil: an empty one
	Chart       *wheelhousev1.HookChart // nil: `chart` in the cluster's namespace
	Input       map[string]any
	Payload     map[string]string
	Interrupted bool
	Preview     bool
}

// Done is what a call came to.
type Done struct {
	Outcome string
	Payload map[string]string
	Log     []string
	Failure *wheelhousev1.HookFailure // nil when it succeeded
}

// Run calls the method of the stage as a worker does.
func Run(ctx context.Context, lifecycle wheelhouse.Lifecycle, call Call) (*Done, error) {
	input, err := structpb.NewStruct(call.Input)
	if err != nil {
		return nil, err
	}
	cluster := call.Cluster
	if cluster == nil {
		cluster = NewCluster()
	}
	facts := call.Chart
	if facts == nil {
		facts = &wheelhousev1.HookChart{Name: "chart", Namespace: cluster.Namespace}
	}
	asker := &asker{cluster: cluster}
	chart := wheelhouse.NewChart(&wheelhousev1.Invoke{
		Attempt: &wheelhousev1.Attempt{Id: "test", Attempt: 1}, Input: input, Payload: call.Payload, Chart: facts,
		Stage: call.Stage, Interrupted: call.Interrupted, Preview: call.Preview,
	}, asker)
	result := chart.Result(ctx, wheelhouse.RunStage(ctx, lifecycle, chart))
	return &Done{result.GetOutcome(), result.GetPayload(), asker.log, result.GetFailure()}, nil
}

type asker struct {
	cluster *Cluster
	log     []string
}

func (a *asker) Log(line string)         { a.log = append(a.log, line) }
func (a *asker) Progress(message string) {}

func (a *asker) Ask(ctx context.Context, request *wheelhousev1.ClusterRequest) (*wheelhousev1.ClusterResponse, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a.cluster.mu.Lock()
	defer a.cluster.mu.Unlock()
	switch operation := request.GetOperation().(type) {
	case *wheelhousev1.ClusterRequest_Get:
		return a.cluster.get(operation.Get)
	case *wheelhousev1.ClusterRequest_List:
		return a.cluster.list(operation.List)
	case *wheelhousev1.ClusterRequest_Apply:
		return a.cluster.apply(operation.Apply)
	case *wheelhousev1.ClusterRequest_Patch:
		return a.cluster.patch(operation.Patch)
	case *wheelhousev1.ClusterRequest_Delete:
		return a.cluster.delete(operation.Delete)
	case *wheelhousev1.ClusterRequest_Log:
		return &wheelhousev1.ClusterResponse{Text: a.cluster.Logs[operation.Log.GetPod()]}, nil
	}
	return &wheelhousev1.ClusterResponse{}, nil
}

func (c *Cluster) keyOf(object wheelhouse.Object) [3]string {
	metadata, _ := object["metadata"].(map[string]any)
	kind, _ := object["kind"].(string)
	name, _ := metadata["name"].(string)
	namespace, _ := metadata["namespace"].(string)
	return c.key(kind, namespace, name)
}

func (c *Cluster) key(kind, namespace, name string) [3]string {
	if namespace == "" {
		namespace = c.Namespace
	}
	return [3]string{kind, namespace, name}
}

func (c *Cluster) get(ref *wheelhousev1.ObjectRef) (*wheelhousev1.ClusterResponse, error) {
	object, found := c.objects[c.key(ref.GetKind(), ref.GetNamespace(), ref.GetName())]
	if !found {
		return &wheelhousev1.ClusterResponse{Failure: &wheelhousev1.Failure{
			Reason: "OBJECT_NOT_FOUND", Message: fmt.Sprintf("%s %s does not exist", ref.GetKind(), ref.GetName()),
		}}, nil
	}
	return answer(object)
}

func (c *Cluster) list(wanted *wheelhousev1.ListObjects) (*wheelhousev1.ClusterResponse, error) {
	var found []wheelhouse.Object
	for _, key := range c.selected(wanted.GetKind(), wanted.GetNamespace(), wanted.GetLabelSelector()) {
		found = append(found, c.objects[key])
	}
	return answer(found...)
}

func (c *Cluster) selected(kind, namespace, labels string) [][3]string {
	var keys [][3]string
	for key, object := range c.objects {
		if key[0] == kind && key[1] == c.key(kind, namespace, "")[1] && hasLabels(object, labels) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b [3]string) int { return strings.Compare(a[2], b[2]) })
	return keys
}

func hasLabels(object wheelhouse.Object, selector string) bool {
	metadata, _ := object["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	for pair := range strings.SplitSeq(selector, ",") {
		if key, value, found := strings.Cut(pair, "="); found && labels[key] != value {
			return false
		}
	}
	return true
}

func (c *Cluster) apply(step *wheelhousev1.ApplyStep) (*wheelhousev1.ClusterResponse, error) {
	for text := range strings.SplitSeq(step.GetManifests(), "\n---\n") {
		var object wheelhouse.Object
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return nil, fmt.Errorf("wheelhousetest reads manifests as JSON only: %w", err)
		}
		key := c.keyOf(object)
		c.objects[key] = merged(c.objects[key], object)
	}
	return &wheelhousev1.ClusterResponse{}, nil
}

func (c *Cluster) patch(step *wheelhousev1.PatchStep) (*wheelhousev1.ClusterResponse, error) {
	var patch map[string]any
	if err := json.Unmarshal([]byte(step.GetMerge()), &patch); err != nil {
		return nil, fmt.Errorf("wheelhousetest knows merge patches only: %w", err)
	}
	for _, ref := range step.GetObjects() {
		key := c.key(ref.GetKind(), ref.GetNamespace(), ref.GetName())
		if _, found := c.objects[key]; !found {
			return c.get(ref)
		}
		c.objects[key] = merged(c.objects[key], patch)
	}
	return &wheelhousev1.ClusterResponse{}, nil
}

func (c *Cluster) delete(step *wheelhousev1.DeleteStep) (*wheelhousev1.ClusterResponse, error) {
	for _, ref := range step.GetObjects() {
		delete(c.objects, c.key(ref.GetKind(), ref.GetNamespace(), ref.GetName()))
	}
	for _, one := range step.GetSelectors() {
		for _, key := range c.selected(one.GetKind(), one.GetNamespace(), one.GetLabelSelector()) {
			delete(c.objects, key)
		}
	}
	return &wheelhousev1.ClusterResponse{}, nil
}

func answer(objects ...wheelhouse.Object) (*wheelhousev1.ClusterResponse, error) {
	response := &wheelhousev1.ClusterResponse{}
	for _, object := range objects {
		text, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		response.Objects = append(response.Objects, string(text))
	}
	return response, nil
}

// merged is a JSON merge patch (RFC 7386).
func merged(old, patch map[string]any) map[string]any {
	result := maps.Clone(old)
	if result == nil {
		result = map[string]any{}
	}
	for key, value := range patch {
		inner, isMap := value.(map[string]any)
		was, _ := result[key].(map[string]any)
		switch {
		case value == nil:
			delete(result, key)
		case isMap:
			result[key] = merged(was, inner)
		default:
			result[key] = value
		}
	}
	return result
}
