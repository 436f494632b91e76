package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ruleID is how a test names a rule that it proves: "RULES: code.life, talk.idle" in a comment of its own.
var ruleID = regexp.MustCompile(`\b[a-z]+\.[a-z]+\b`)

// rules reads testdata/rules.txt: one id a line, and why there is no test of it yet if there is none.
func rules(t *testing.T) (ids []string, later map[string]string) {
	t.Helper()
	f, err := os.Open("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	later = map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		id, why, _ := strings.Cut(lines.Text(), " ")
		if id == "" || id == "#" {
			continue
		}
		ids = append(ids, id)
		if why, ok := strings.CutPrefix(strings.TrimSpace(why), "later: "); ok {
			later[id] = why
		}
	}
	return ids, later
}

// provers are the tests of the whole tree, by the ids that they name.
func provers(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for id, tests := range namedIn(t, path) {
			all[id] = append(all[id], tests...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// namedIn lists the tests of a file by the ids that their comments name.
func namedIn(t *testing.T, path string) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string][]string{}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") && !strings.HasPrefix(f.Name.Name, "Fuzz") {
			continue
		}
		ids := map[string]bool{}
		for _, c := range file.Comments {
			if c == f.Doc || c.Pos() >= f.Pos() && c.End() <= f.End() {
				collect(c.Text(), ids)
			}
		}
		for id := range ids {
			named[id] = append(named[id], filepath.ToSlash(filepath.Dir(path))+" "+f.Name.Name)
		}
	}
	return named
}

// collect takes down the ids behind "RULES:" in a comment.
func collect(comment string, ids map[string]bool) {
	for _, part := range strings.Split(comment, "RULES:")[1:] {
		sentence, _, _ := strings.Cut(part+". ", ". ")
		for _, id := range ruleID.FindAllString(sentence, -1) {
			ids[id] = true
		}
	}
}

// Every rule is proven by a test that names it, or it stands in the list why not yet.
// With -v it prints them all: go test -run TestRules -v ./cmd/ventanilla
func TestRulesAreEachProvenByATestThatNamesThem(t *testing.T) {
	ids, later := rules(t)
	named := provers(t)
	for _, id := range ids {
		tests := slices.Sorted(slices.Values(named[id]))
		var list strings.Builder
		for _, test := range tests {
			fmt.Fprintf(&list, "\n    %s", strings.TrimPrefix(test, "../../"))
		}
		t.Logf("%s: %d %s%s", id, len(tests), later[id], list.String())
		switch {
		case len(tests) == 0 && later[id] == "":
			t.Errorf("%s: no test names it", id)
		case len(tests) > 0 && later[id] != "":
			t.Errorf("%s: there are tests of it: testdata/rules.txt says %q", id, later[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(named)) {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is no rule, and yet %s names it", id, named[id])
		}
	}
}
