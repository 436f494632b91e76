package main

import (
	"encoding/json"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// allowed says which of our packages each of our folders may import, and nothing
// else may. Read from the bottom up, it is the design. "bot/*" is any folder
// directly under bot; the more precise line wins.
var allowed = map[string]string{
	"cmd":              "*",
	"bot/*/emulator":   "flows backend backend/*",                    // a fake of the network that its channel speaks to
	"bot/*":            "bot bot/link store flows backend backend/*", // siblings are strangers, but for links
	"bot/link":         "backend/secret",
	"bot":              "store flows backend backend/*",
	"store/*":          "store flows",
	"store":            "flows backend/secret",
	"flows/standard":   "flows flows/* backend backend/*",
	"flows/flowtest":   "flows flows/text backend/secret",
	"flows/flowtest/*": "flows flows/* backend backend/*", // a town to play conversations in
	"flows/text":       "flows",
	"flows/sieve":      "",
	"flows/spelling":   "",
	"flows/intent":     "flows flows/sieve flows/spelling",
	"flows/period":     "flows/spelling",
	"flows/account":    "flows flows/intent backend backend/*",
	"flows/*":          "flows flows/text flows/intent flows/period flows/account backend backend/*",
	"flows":            "backend/secret",
	"backend/emulator": "backend backend/coreapi backend/natid backend/password backend/secret",
	"backend/coretest": "backend backend/coreapi backend/secret",
	"backend/portal":   "backend/natid backend/password backend/mailaddr",
	"backend/password": "backend/secret",
	"backend/payslip":  "backend/secret",
	"backend/*":        "",
	"backend":          "backend/coreapi backend/secret",
}

// listed is a package as go list sees it.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) (all []listed) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "ventanilla/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("got %d packages, want the whole program", len(all))
	}
	return all
}

// The compiler refuses cycles among packages; this refuses everything else that would bend the arrows.
func TestArrowsGoOneWay(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, "ventanilla/")
		for _, imp := range p.Imports {
			if to, ours := strings.CutPrefix(imp, "ventanilla/"); ours && !may(from, to) {
				t.Errorf("%s must not import %s (may: %q)", from, to, rule(from))
			}
		}
	}
}

// Tests may also use a package's own emulator, the conformance suites and, under bot, a driver of the store.
func TestTestsBendTheArrowsOnlyForFakes(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, "ventanilla/")
		for _, imp := range append(p.TestImports, p.XTestImports...) {
			to, ours := strings.CutPrefix(imp, "ventanilla/")
			if ours && to != from && !may(from, to) && !fake(from, to) {
				t.Errorf("a test of %s must not import %s", from, to)
			}
		}
	}
}

func fake(from, to string) bool {
	top, _, _ := strings.Cut(from, "/")
	switch {
	case path.Base(to) == "emulator" && (to == from+"/emulator" || to == "backend/emulator" && top != "store"):
		return true
	case path.Base(from) == "emulator":
		return to == path.Dir(from)
	case to == "store/storetest", to == "store/boltkv":
		return top == "store" || top == "bot"
	case to == "flows/flowtest", to == "flows/flowtest/town", to == "flows/standard", to == "flows/text":
		return top == "flows" || top == "bot"
	case to == "backend/coretest":
		return top == "backend"
	}
	return top == "backend" && strings.HasPrefix(to, "backend")
}

func may(from, to string) bool {
	for _, r := range strings.Fields(rule(from)) {
		if r == "*" || r == to {
			return true
		}
		if parent, ok := strings.CutSuffix(r, "/*"); ok && path.Dir(to) == parent {
			return true
		}
	}
	return strings.HasPrefix(from, to+"/") && strings.HasPrefix(from, "cmd/")
}

// rule finds the line of a folder: its own, the one of its place, the one of what holds it.
func rule(pkg string) string {
	top, _, _ := strings.Cut(pkg, "/")
	if top == "cmd" {
		return allowed[top]
	}
	for _, name := range []string{pkg, path.Join(path.Dir(path.Dir(pkg)), "*", path.Base(pkg)), path.Join(path.Dir(pkg), "*")} {
		if r, ok := allowed[name]; ok {
			return r
		}
	}
	return ""
}

func TestTheRulesOfTheArrowsBite(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"flows", "backend"}:                      false,
		{"flows", "backend/secret"}:               true,
		{"backend", "flows"}:                      false,
		{"store", "bot"}:                          false,
		{"bot/telegram", "bot/email"}:             false,
		{"bot/telegram", "bot/telegram/emulator"}: false,
		{"bot/telegram/emulator", "bot/telegram"}: false,
		{"bot/webform", "bot/link"}:               true,
		{"flows/recovery", "flows/handoff"}:       false,
		{"flows/standard", "flows/handoff"}:       true,
		{"cmd/ventanilla", "bot/telegram"}:        true,
		{"backend/natid", "backend"}:              false,
		{"store/boltkv", "store"}:                 true,
		{"bot", "bot/telegram"}:                   false,
		{"nowhere", "flows"}:                      false,
	} {
		if got := may(pair[0], pair[1]); got != want {
			t.Errorf("may %s import %s: got %v, want %v", pair[0], pair[1], got, want)
		}
	}
}
