// What helm's own strvals package makes of --set pairs, for tests/unit/server/helm/set_grammar_test.cpp.
// stdin: a JSON array of cases {"pairs": [[KEY, VALUE], ...], "strings": BOOL}; stdout: a JSON array of answers, each
// {"values": {...}}, or {"error": "..."} where helm fails, or {"no_text": "..."} where a pair stands for no --set text.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"helm.sh/helm/v4/pkg/strvals"
)

type testCase struct {
	Pairs   [][2]string `json:"pairs"`
	Strings bool        `json:"strings"`
}

type answer struct {
	Values map[string]any `json:"values,omitzero"`
	Error  string         `json:"error,omitempty"`
	NoText string         `json:"no_text,omitempty"`
}

// each calls what for every character of text that has no backslash before it; it reports whether a backslash is left
// over at the end.
func each(text string, what func(at int, c byte)) bool {
	at := 0
	for ; at < len(text); at++ {
		if text[at] == '\\' {
			at++
			continue
		}
		what(at, text[at])
	}
	return at > len(text)
}

// checkKey refuses keys that set_grammar.h says are refused although helm takes them.
func checkKey(key string) (err error) {
	open, name := false, 0 // inside [ ], where the name in work begins
	afterIndex := false
	end := func(at int) {
		if at == name && !afterIndex {
			err = errors.New("empty name")
		}
		afterIndex = false
	}
	loose := each(key, func(at int, c byte) {
		switch {
		case open && c == ']':
			open, afterIndex, name = false, true, at+1
		case open:
		case c == '[':
			end(at)
			open = true
		case c == '.':
			end(at)
			name = at + 1
		case c == '=':
			err = errors.New("a bare =")
		}
	})
	if !open {
		end(len(key))
	}
	if loose || open {
		err = errors.New("an open end")
	}
	return err
}

// text is the one --set text that a pair stands for.
func text(key, value string) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	if strings.Contains(key+value, "\x00") {
		return "", errors.New("a zero byte")
	}
	if strings.HasPrefix(value, "{") {
		closed := len(value)
		each(value, func(at int, c byte) {
			if c == '}' {
				closed = min(closed, at+1)
			}
		})
		if closed < len(value) {
			return "", errors.New("text after the list")
		}
		return key + "=" + value, nil
	}
	var escaped strings.Builder
	done := 0
	each(value, func(at int, c byte) {
		if c == ',' {
			escaped.WriteString(value[done:at] + `\,`)
			done = at + 1
		}
	})
	return key + "=" + escaped.String() + value[done:], nil
}

func ask(asked testCase) answer {
	values := map[string]any{}
	parse := strvals.ParseInto
	if asked.Strings {
		parse = strvals.ParseIntoString
	}
	for _, pair := range asked.Pairs {
		set, err := text(pair[0], pair[1])
		if err != nil {
			return answer{NoText: err.Error()}
		}
		if err := parse(set, values); err != nil {
			return answer{Error: err.Error()}
		}
	}
	return answer{Values: values}
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := []answer{}
	for _, asked := range cases {
		answers = append(answers, ask(asked))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
