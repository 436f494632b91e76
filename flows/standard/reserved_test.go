package standard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// profileWith is a built-in profile, one of whose fields is called id.
func profileWith(t *testing.T, id string) portal.Mistakes {
	t.Helper()
	b, err := os.ReadFile("../../backend/portal/profiles/mseg.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const old = "- id: bank_account\n"
	if !strings.Contains(string(b), old) {
		t.Fatal("the profile has no such field any more")
	}
	_, mistakes := portal.Parse("mseg.yaml", []byte(strings.Replace(string(b), old, "- id: "+id+"\n", 1)))
	return mistakes
}

// slots are the names under which the flows' sources keep something of their own in a dialog's values.
func slots(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if name, ok := slot(n); ok {
				found[name] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// slot reads something.Values["name"].
func slot(n ast.Node) (string, bool) {
	index, ok := n.(*ast.IndexExpr)
	if !ok {
		return "", false
	}
	of, ok := index.X.(*ast.SelectorExpr)
	literal, isLiteral := index.Index.(*ast.BasicLit)
	if !ok || !isLiteral || of.Sel.Name != "Values" || literal.Kind != token.STRING {
		return "", false
	}
	name, err := strconv.Unquote(literal.Value)
	return name, err == nil
}

var filled = regexp.MustCompile(`\{([a-z_]+)\}`)

// spoken are the placeholders of the flows' sentences.
func spoken(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../*/texts/*.yaml")
	common, errCommon := filepath.Glob("../texts/*.yaml")
	if err != nil || errCommon != nil || len(files)+len(common) < 10 {
		t.Fatalf("%d sentences' files, %v, %v", len(files)+len(common), err, errCommon)
	}
	found := map[string]bool{}
	for _, name := range append(files, common...) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range filled.FindAllStringSubmatch(string(b), -1) {
			found[m[1]] = true
		}
	}
	return found
}

// stepsBeside are the steps of the flows that ask for fields, and the fields of their pages.
func stepsBeside(t *testing.T, p portal.Profile) map[string]bool {
	t.Helper()
	all, err := standard.Flows(p, deps())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range all {
		asks := slices.ContainsFunc(f.Steps, func(s flows.Step) bool { _, ok := p.Field(s.Name); return ok })
		for _, s := range f.Steps {
			if _, field := p.Field(s.Name); field || !asks {
				continue
			}
			found[s.Name] = true
			if s.Form != nil {
				for _, field := range s.Form.Fields {
					found[field.Name] = true
				}
			}
		}
	}
	return found
}

func TestNoFieldOfAProfileIsCalledLikeSomethingOfTheConversations(t *testing.T) {
	profiles, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	names := slots(t)
	maps.Copy(names, spoken(t))
	for _, p := range profiles {
		maps.Copy(names, stepsBeside(t, p))
	}
	for _, known := range []string{"account", "hits", "nonce", "code", "which", "pin", "label"} {
		if !names[known] {
			t.Errorf("%s was not found: is it looked for in the right places?", known)
		}
	}
	delete(names, "username") // cores call a field so, and what is kept there is the same thing
	for _, name := range slices.Sorted(maps.Keys(names)) {
		m := profileWith(t, name)
		if len(m) != 1 || !strings.Contains(m[0].Text, "is taken") || m[0].Line == 0 {
			t.Errorf("a field called %s: got %v, want that the name is taken", name, m)
		}
	}
	for _, name := range []string{"username", "iban", "account_number"} {
		if m := profileWith(t, name); len(m) != 0 {
			t.Errorf("a field called %s: %v", name, m)
		}
	}
}
