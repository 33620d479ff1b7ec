package wheelhouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// Object is an object of the cluster, as the API server has it.
type Object = map[string]any

// Ref names an object. Namespace is the chart's by default; APIVersion may be left out for a kind that is found only once.
type Ref struct {
	APIVersion, Kind, Namespace, Name string
}

// Selector selects objects of a kind by their labels; an empty LabelSelector selects all.
type Selector struct {
	APIVersion, Kind, Namespace, LabelSelector string
}

// ClusterError says why a request to the cluster failed. Reason: OBJECT_NOT_FOUND, NAMESPACE_NOT_ALLOWED,
// FIELD_CONFLICT ...
type ClusterError struct {
	Reason  string
	Failure *wheelhousev1.Failure
}

func (e *ClusterError) Error() string { return e.Reason + ": " + e.Failure.GetMessage() }

// IsNotFound reports whether err says that an object does not exist.
func IsNotFound(err error) bool {
	var cluster *ClusterError
	return errors.As(err, &cluster) && cluster.Reason == "OBJECT_NOT_FOUND"
}

// Asker does a request of a hook to the cluster.
type Asker interface {
	Ask(ctx context.Context, request *wheelhousev1.ClusterRequest) (*wheelhousev1.ClusterResponse, error)
	Log(line string)
	Progress(message string)
}

// Chart is one call of a hook. It is safe for concurrent use while the call lasts.
//
// Everything that it reads or writes in the cluster goes through the daemon: in the namespaces of the run, with its
// credentials, and only while the run holds its claims.
type Chart struct {
	// What is known of the chart: release, namespace, action, decision, versions, revisions, namespaces.
	*wheelhousev1.HookChart
	RunID string
	Stage Stage
	Step  string
	// An idempotency key: the same for all attempts.
	ID      string
	Attempt int32
	// An earlier attempt was begun, and how it ended is not known: a Checkable method looks whether it was done.
	Interrupted bool
	IsPreview   bool

	invoke  *wheelhousev1.Invoke
	asker   Asker
	mu      sync.Mutex
	payload map[string]string
	changed map[string]string
	outcome string
}

// NewChart returns the chart of a call whose requests asker does. Workers make theirs; tests of lifecycles use package
// wheelhousetest.
func NewChart(invoke *wheelhousev1.Invoke, asker Asker) *Chart {
	payload := map[string]string{}
	for key, value := range invoke.GetPayload() {
		payload[key] = value
	}
	facts := invoke.GetChart()
	if facts == nil {
		facts = &wheelhousev1.HookChart{}
	}
	return &Chart{
		HookChart: facts, RunID: invoke.GetRunId(), Stage: invoke.GetStage(), Step: invoke.GetStep(),
		ID: invoke.GetAttempt().GetId(), Attempt: invoke.GetAttempt().GetAttempt(),
		Interrupted: invoke.GetInterrupted(), IsPreview: invoke.GetPreview(),
		invoke: invoke, asker: asker, payload: payload, changed: map[string]string{},
	}
}

// Input reads HookStep.input into a value, as encoding/json does. Fields that the value does not have are an error.
func (c *Chart) Input(into any) error {
	text, err := protojson.Marshal(c.invoke.GetInput())
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// Value reads the value of the chart at a path that the step names (HookStep.values and secret_values) into a value, as
// encoding/json does. It reports whether there is one.
func (c *Chart) Value(path string, into any) (bool, error) {
	text, ok := c.GetValues()[path]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal([]byte(text), into)
}

// Payload returns what a step of this run before this one, or SetPayload, has left under a key. In Validate there is nothing
// when nothing has changed (the decision UNCHANGED): then the steps between are skipped.
func (c *Chart) Payload(key string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.payload[key]
	return value, ok
}

// RequirePayload is the same, with an error that says why there is nothing under the key.
func (c *Chart) RequirePayload(key string) (string, error) {
	value, ok := c.Payload(key)
	if ok {
		return value, nil
	}
	why := ""
	if c.GetDecision() == wheelhousev1.Decision_DECISION_UNCHANGED {
		why = ": nothing has changed, so that PreExec, Exec and PostExec are skipped"
	}
	return "", fmt.Errorf("no step of this run has set %q of the payload%s", key, why)
}

// SetPayload leaves a text for the steps of this run that follow; it is kept when the method succeeds.
func (c *Chart) SetPayload(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.payload[key], c.changed[key] = value, value
}

// Done sets the step's outcome, in a sentence.
func (c *Chart) Done(outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcome = outcome
}

// Result returns what the call came to, given the error of its method.
func (c *Chart) Result(ctx context.Context, err error) *wheelhousev1.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &wheelhousev1.Result{
		Attempt: c.invoke.GetAttempt(), Outcome: c.outcome, Payload: c.changed, Failure: failureOf(ctx, err),
	}
}

// Log writes into the run's log. Secrets are masked.
func (c *Chart) Log(format string, args ...any) {
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		c.asker.Log(line)
	}
}

// Progress says what the hook does or waits for; the latest counts.
func (c *Chart) Progress(format string, args ...any) { c.asker.Progress(fmt.Sprintf(format, args...)) }

// Get reads an object; see IsNotFound.
func (c *Chart) Get(ctx context.Context, ref Ref) (Object, error) {
	response, err := c.do(ctx, &wheelhousev1.ClusterRequest{Operation: &wheelhousev1.ClusterRequest_Get{Get: ref.proto()}})
	if err != nil {
		return nil, err
	}
	var object Object
	err = json.Unmarshal([]byte(response.GetObjects()[0]), &object)
	return object, err
}

// List reads the objects that are selected.
func (c *Chart) List(ctx context.Context, selector Selector) ([]Object, error) {
	response, err := c.do(ctx, &wheelhousev1.ClusterRequest{Operation: &wheelhousev1.ClusterRequest_List{
		List: &wheelhousev1.ListObjects{
			ApiVersion: selector.APIVersion, Kind: selector.Kind, Namespace: selector.Namespace,
			LabelSelector: selector.LabelSelector,
		},
	}})
	if err != nil {
		return nil, err
	}
	objects := make([]Object, len(response.GetObjects()))
	for i, text := range response.GetObjects() {
		if err := json.Unmarshal([]byte(text), &objects[i]); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// Apply creates or updates objects by server-side apply: values that encoding/json can write, or manifests as YAML text.
func (c *Chart) Apply(ctx context.Context, objects ...any) error {
	return c.apply(ctx, false, objects)
}

// ApplyForced takes fields over from other managers as well.
func (c *Chart) ApplyForced(ctx context.Context, objects ...any) error {
	return c.apply(ctx, true, objects)
}

func (c *Chart) apply(ctx context.Context, force bool, objects []any) error {
	var texts []string
	for _, object := range objects {
		text, ok := object.(string)
		if !ok {
			written, err := json.Marshal(object)
			if err != nil {
				return err
			}
			text = string(written)
		}
		texts = append(texts, text)
	}
	step := &wheelhousev1.ApplyStep{Manifests: strings.Join(texts, "\n---\n"), Force: force}
	_, err := c.do(ctx, &wheelhousev1.ClusterRequest{Operation: &wheelhousev1.ClusterRequest_Apply{Apply: step}})
	return err
}

// MergePatch patches an object by a JSON merge patch (RFC 7386).
func (c *Chart) MergePatch(ctx context.Context, ref Ref, patch any) error {
	text, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	return c.patch(ctx, ref, &wheelhousev1.PatchStep{Patch: &wheelhousev1.PatchStep_Merge{Merge: string(text)}})
}

// StrategicPatch patches an object of a built-in kind by a strategic merge patch.
func (c *Chart) StrategicPatch(ctx context.Context, ref Ref, patch any) error {
	text, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	return c.patch(ctx, ref, &wheelhousev1.PatchStep{Patch: &wheelhousev1.PatchStep_Strategic{Strategic: string(text)}})
}

// JSONPatch patches an object by a list of operations (RFC 6902). When the session breaks meanwhile it is an error, since
// it may have been done.
func (c *Chart) JSONPatch(ctx context.Context, ref Ref, operations any) error {
	text, err := json.Marshal(operations)
	if err != nil {
		return err
	}
	return c.patch(ctx, ref, &wheelhousev1.PatchStep{Patch: &wheelhousev1.PatchStep_Json{Json: string(text)}})
}

func (c *Chart) patch(ctx context.Context, ref Ref, step *wheelhousev1.PatchStep) error {
	step.Objects = []*wheelhousev1.ObjectRef{ref.proto()}
	_, err := c.do(ctx, &wheelhousev1.ClusterRequest{Operation: &wheelhousev1.ClusterRequest_Patch{Patch: step}})
	return err
}

// Delete deletes objects, and waits until they are gone. Those that do not exist are fine.
func (c *Chart) Delete(ctx context.Context, refs ...Ref) error {
	step := &wheelhousev1.DeleteStep{}
	for _, ref := range refs {
		step.Objects = append(step.Objects, ref.proto())
	}
	return c.delete(ctx, step)
}

// DeleteAll does the same with the objects that are selected; the label selector must not be empty.
func (c *Chart) DeleteAll(ctx context.Context, selector Selector) error {
	return c.delete(ctx, &wheelhousev1.DeleteStep{Selectors: []*wheelhousev1.ObjectSelector{{
		ApiVersion: selector.APIVersion, Kind: selector.Kind, Namespace: selector.Namespace,
		LabelSelector: selector.LabelSelector,
	}}})
}

func (c *Chart) delete(ctx context.Context, step *wheelhousev1.DeleteStep) error {
	_, err := c.do(ctx, &wheelhousev1.ClusterRequest{Operation: &wheelhousev1.ClusterRequest_Delete{Delete: step}})
	return err
}

// WaitReady waits until the object is ready, for as long as the step has time.
func (c *Chart) WaitReady(ctx context.Context, ref Ref) error {
	return c.wait(ctx, ref, &wheelhousev1.WaitForStep{Until: &wheelhousev1.WaitForStep_Ready{
		Ready: &wheelhousev1.ReadyCondition{},
	}})
}

// WaitCondition waits until the object has a status condition of a type that is True.
func (c *Chart) WaitCondition(ctx context.Context, ref Ref, kind string) error {
	return c.wait(ctx, ref, &wheelhousev1.WaitForStep{Until: &wheelhousev1.WaitForStep_Condition{
		Condition: &wheelhousev1.StatusCondition{Type: kind},
	}})
}

// WaitGone waits until the object does not exist.
func (c *Chart) WaitGone(ctx context.Context, ref Ref) error {
	return c.wait(ctx, ref, &wheelhousev1.WaitForStep{Until: &wheelhousev1.WaitForStep_Deleted{
		Deleted: &wheelhousev1.DeletedCondition{},
	}})
}

func (c *Chart) wait(ctx context.Context, ref Ref, step *wheelhousev1.WaitForStep) error {
	step.Objects = []*wheelhousev1.ObjectRef{ref.proto()}
	_, err := c.do(ctx, &wheelhousev1.ClusterRequest{Operation: &wheelhousev1.ClusterRequest_WaitFor{WaitFor: step}})
	return err
}

// Logs reads the last lines of a container's log; the container may be empty when there is only one.
func (c *Chart) Logs(ctx context.Context, pod, container string, lines int32) (string, error) {
	response, err := c.do(ctx, &wheelhousev1.ClusterRequest{Operation: &wheelhousev1.ClusterRequest_Log{
		Log: &wheelhousev1.ReadLog{Pod: pod, Container: container, TailLines: lines},
	}})
	return response.GetText(), err
}

func (c *Chart) do(ctx context.Context, request *wheelhousev1.ClusterRequest) (*wheelhousev1.ClusterResponse, error) {
	response, err := c.asker.Ask(ctx, request)
	if err != nil {
		return nil, err
	}
	if failure := response.GetFailure(); failure != nil {
		return nil, &ClusterError{Reason: failure.GetReason(), Failure: failure}
	}
	return response, nil
}

func (r Ref) proto() *wheelhousev1.ObjectRef {
	return &wheelhousev1.ObjectRef{ApiVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
}
