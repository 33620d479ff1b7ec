package wheelhouse

import (
	"encoding/json"
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// The cases that the Python package is tested with as well.
func TestRuleAnEventIsALineOrNothing(t *testing.T) {
	text, err := os.ReadFile("../../tests/unit/client/event_lines.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Event json.RawMessage
		Line  string
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, one := range cases {
		var event wheelhousev1.RunEvent
		if err := protojson.Unmarshal(one.Event, &event); err != nil {
			t.Fatal(err)
		}
		if got := Line(&event); got != one.Line {
			t.Errorf("%q, not %q, for %s", got, one.Line, one.Event)
		}
	}
}
