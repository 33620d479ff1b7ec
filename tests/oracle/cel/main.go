// What cel-go makes of expressions, for tests/unit/server/cel/oracle_test.cpp: parsed, not checked, as Flux evaluates
// its health checks. stdin: {"variables": {...}, "expressions": [...]}; stdout: a JSON array of answers, each
// {"value": TEXT}, or {"error": "..."}. The text names every kind of value, so that 1, 1u and 1.0 differ.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
)

type answer struct {
	Value string `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

// asKubernetes turns numbers into int64 where they are whole ones that fit, else into float64.
func asKubernetes(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		double, _ := v.Float64()
		return double
	case []any:
		for i := range v {
			v[i] = asKubernetes(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = asKubernetes(v[key])
		}
	}
	return value
}

func text(value ref.Val) string {
	switch v := value.(type) {
	case types.Null:
		return "null"
	case types.Bool:
		return fmt.Sprint(bool(v))
	case types.Int:
		return fmt.Sprint(int64(v))
	case types.Uint:
		return fmt.Sprintf("%du", uint64(v))
	case types.Double:
		if math.IsNaN(float64(v)) {
			return "double NaN"
		}
		return fmt.Sprintf("double %x", math.Float64bits(float64(v)))
	case types.String:
		return "string " + hex.EncodeToString([]byte(v))
	case types.Bytes:
		return "bytes " + hex.EncodeToString([]byte(v))
	case types.Timestamp:
		return fmt.Sprintf("timestamp %d.%d", v.Unix(), v.Nanosecond())
	case types.Duration:
		return fmt.Sprintf("duration %d", v.Nanoseconds())
	case *types.Type:
		return "type " + v.TypeName()
	case *types.Optional:
		if !v.HasValue() {
			return "optional none"
		}
		return "optional " + text(v.GetValue())
	case traits.Lister:
		var items []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			items = append(items, text(it.Next()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case traits.Mapper:
		var entries []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			entries = append(entries, text(key)+": "+text(v.Get(key)))
		}
		sort.Strings(entries)
		return "{" + strings.Join(entries, ", ") + "}"
	}
	return fmt.Sprintf("%T", value)
}

func ask(env *cel.Env, expression string, variables map[string]any) answer {
	ast, issues := env.Parse(expression)
	if issues.Err() != nil {
		return answer{Error: issues.Err().Error()}
	}
	program, err := env.Program(ast)
	if err != nil {
		return answer{Error: err.Error()}
	}
	value, _, err := program.Eval(variables)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: text(value)}
}

func run() error {
	var asked struct {
		Variables   map[string]any `json:"variables"`
		Expressions []string       `json:"expressions"`
	}
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	if err := decoder.Decode(&asked); err != nil {
		return err
	}
	asKubernetes(asked.Variables)
	env, err := cel.NewEnv(cel.OptionalTypes(), cel.DefaultUTCTimeZone(true), ext.Strings())
	if err != nil {
		return err
	}
	answers := []answer{}
	for _, expression := range asked.Expressions {
		answers = append(answers, ask(env, expression, asked.Variables))
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
