package wheelhouse

import (
	"context"
	"strings"
	"testing"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

type another struct{ working }

func (another) Validate(*Chart) error { return nil }

type ofPointer struct{ Base }

func (*ofPointer) PreExec(context.Context, *Chart) error { return nil }

type misspelt struct{ working }

func (misspelt) Validates(context.Context, *Chart) error { return nil }

type helped struct{ working }

// Validates does not belong to a stage: it takes something else.
func (helped) Validates(*Chart) bool { return true }

// Describe is nothing like a stage.
func (helped) Describe(context.Context, *Chart) error { return nil }

func TestRuleAMethodThatWouldNotBeCalledIsRefused(t *testing.T) {
	for _, one := range []struct {
		lifecycle Lifecycle
		says      []string
	}{
		{another{}, []string{"another.Validate", "must be Validate(context.Context, *wheelhouse.Chart) error",
			"is Validate(*wheelhouse.Chart) error"}},
		{ofPointer{}, []string{"PreExec", "give a pointer, &wheelhouse.ofPointer{...}"}},
		{misspelt{}, []string{"misspelt.Validates", "did you mean Validate?"}},
		{Base{}, []string{"no method of a stage", "PreExec"}},
		{nil, []string{"is nil"}},
	} {
		err := checkLifecycle("web", one.lifecycle)
		if err == nil {
			t.Errorf("%T is allowed", one.lifecycle)
			continue
		}
		for _, part := range append(one.says, "the lifecycle of web") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v does not say %s", err, part)
			}
		}
		if worker := NewWorker(nil, map[string]Lifecycle{"web": one.lifecycle}); worker.Run(t.Context()) == nil {
			t.Errorf("a worker serves %T", one.lifecycle)
		}
	}
	// Without a daemon, in package wheelhousetest, too.
	chart := NewChart(&wheelhousev1.Invoke{Stage: Validate}, nil)
	if err := RunStage(t.Context(), another{}, chart); err == nil || !strings.Contains(err.Error(), "would not be called") {
		t.Error(err)
	}
	for _, right := range []Lifecycle{working{}, &working{}, &ofPointer{}, helped{}} {
		if err := checkLifecycle("web", right); err != nil {
			t.Error(err)
		}
	}
}
