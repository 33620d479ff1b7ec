package wheelhouse

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

const signature = "(context.Context, *wheelhouse.Chart) error"

// methodNames are the methods of the stages.
var methodNames = map[string]Stage{
	"CheckPrerequisites": CheckPrerequisites, "PreExec": PreExec, "Exec": Exec, "PostExec": PostExec, "Validate": Validate,
	"OnDeployFailure": OnDeployFailure,
}

// checkLifecycle refuses a lifecycle that has no stage, and methods that would never be called: of a stage's name with
// another signature, of a pointer where the value was given, or of a name that is nearly a stage's.
func checkLifecycle(name string, lifecycle Lifecycle) error {
	kind := reflect.TypeOf(lifecycle)
	if kind == nil {
		return fmt.Errorf("the lifecycle of %s is nil", name)
	}
	all := kind
	if kind.Kind() != reflect.Pointer {
		all = reflect.PointerTo(kind)
	}
	has := 0
	for i := range all.NumMethod() {
		method := all.Method(i)
		stage, isStage := methodNames[method.Name]
		_, ofValue := kind.MethodByName(method.Name)
		switch {
		case isStage && methodOf(lifecycle, stage) != nil:
			has++
		case isStage && !ofValue:
			return fmt.Errorf("the lifecycle of %s: %s is a method of *%s, and would not be called: give a pointer, &%s{...}",
				name, method.Name, kind, kind)
		case isStage:
			return fmt.Errorf("the lifecycle of %s: %s.%s would not be called: it must be %s%s, and is %s%s", name, kind,
				method.Name, method.Name, signature, method.Name, signatureOf(method))
		case looksLikeAStage(method):
			return fmt.Errorf("the lifecycle of %s: %s.%s would not be called: did you mean %s?", name, kind, method.Name,
				nearestStage(method.Name))
		}
	}
	if has == 0 {
		return fmt.Errorf("the lifecycle of %s, a %s, has no method of a stage: CheckPrerequisites, PreExec, Exec, PostExec, "+
			"Validate or OnDeployFailure, with %s", name, kind, signature)
	}
	return nil
}

// signatureOf leaves out the receiver.
func signatureOf(method reflect.Method) string {
	var in []string
	for i := 1; i < method.Type.NumIn(); i++ {
		in = append(in, method.Type.In(i).String())
	}
	var out []string
	for i := range method.Type.NumOut() {
		out = append(out, method.Type.Out(i).String())
	}
	return strings.TrimSpace("(" + strings.Join(in, ", ") + ") " + strings.Join(out, ", "))
}

func looksLikeAStage(method reflect.Method) bool {
	kind := method.Type
	takes := kind.NumIn() == 3 && kind.In(1) == reflect.TypeFor[context.Context]() && kind.In(2) == reflect.TypeFor[*Chart]()
	gives := kind.NumOut() == 1 && kind.Out(0) == reflect.TypeFor[error]()
	return takes && gives && nearestStage(method.Name) != ""
}

// nearestStage is empty when the name is far from all.
func nearestStage(name string) string {
	for stage := range methodNames {
		if distance(strings.ToLower(strings.ReplaceAll(name, "_", "")), strings.ToLower(stage)) <= 1 {
			return stage
		}
	}
	return ""
}

// distance is Levenshtein's: how many letters are to be added, left out or replaced.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
