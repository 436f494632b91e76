package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"ventanilla/backend/secret"
	"ventanilla/bot/bounces"
	"ventanilla/bot/telegram"
)

// reader walks the YAML and notes problems instead of stopping at the first.
type reader struct {
	file     string
	env      func(string) (string, bool)
	read     func(path string) ([]byte, error)
	s        *Settings
	problems Problems
}

// field is one key that a section may have, and what reads it.
type field struct {
	name string
	read func(path string, n *yaml.Node)
}

func (r *reader) problemAt(line int, text string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Text: text})
}

// problem notes a mistake at a setting; if it is not in the file, at the section that lacks it.
func (r *reader) problem(path, format string, args ...any) {
	p := path
	for r.s.lines[p] == 0 {
		cut := strings.LastIndexAny(p, ".[")
		if cut < 0 {
			break
		}
		p = p[:cut]
	}
	r.problemAt(max(r.s.lines[p], 1), path+" "+fmt.Sprintf(format, args...))
}

// settings reads the whole file. To add a setting, add it here and judge it in judge.go.
func (r *reader) settings(n *yaml.Node) {
	s := r.s
	r.section("", n, []field{
		{"public", r.sub(field{"listen", r.text(&s.Public.Listen)}, field{"url", r.text(&s.Public.URL)})},
		{"console", r.sub(field{"listen", r.text(&s.Console.Listen)}, field{"url", r.text(&s.Console.URL)}, field{"answer", r.limit(&s.Console.Answer)})},
		{"store", r.store},
		{"keys", r.keys},
		{"core", r.sub(field{"url", r.text(&s.Core.URL)}, field{"token", r.secret(&s.Core.Token)},
			field{"evidence", r.secret(&s.Core.Evidence)}, field{"events", r.secret(&s.Core.Events)})},
		{"mail", r.sub(field{"url", r.secret(&s.Mail.URL)}, field{"from", r.text(&s.Mail.From)}, field{"bounces", r.bounces})},
		{"portals", r.folder(&s.Portals)},
		{"limits", r.limits},
		{"allow", r.allow},
		{"bots", r.list(r.bot)},
	})
}

func (r *reader) bounces(path string, n *yaml.Node) {
	b := &Bounces{Every: bounces.DefaultEvery}
	r.s.Mail.Bounces = b
	r.section(path, n, []field{{"url", r.secret(&b.URL)}, {"address", r.text(&b.Address)}, {"every", r.limit(&b.Every)}})
}

func (r *reader) bot(path string, n *yaml.Node) {
	b := Bot{}
	t := Telegram{Mode: "webhook", API: telegram.DefaultAPI}
	r.section(path, n, []field{
		{"portal", r.text(&b.Portal)},
		{"banner", func(path string, n *yaml.Node) { b.Banner, _ = r.value(path, n) }}, // a file of it may be empty
		{"telegram", func(path string, n *yaml.Node) {
			b.Telegram = &t
			r.section(path, n, []field{{"token", r.secret(&t.Token)}, {"secret", r.secret(&t.Secret)},
				{"mode", r.text(&t.Mode)}, {"api", r.text(&t.API)}})
		}},
		{"whatsapp", func(path string, n *yaml.Node) { b.WhatsApp = r.whatsapp(path, n) }},
	})
	r.s.Bots = append(r.s.Bots, b)
}

// section reads a mapping whose keys are known.
func (r *reader) section(path string, n *yaml.Node, fields []field) {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		r.problemAt(n.Line, strings.TrimSpace(path+" must be a section with the keys "+names(fields)))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := joined(path, key.Value)
		f := find(fields, key.Value)
		switch first, twice := seen[key.Value]; {
		case f == nil:
			r.problemAt(key.Line, fmt.Sprintf("unknown key %q; the keys here are %s", at, names(fields)))
		case twice:
			r.problemAt(key.Line, fmt.Sprintf("%s is set twice, first in line %d", at, first))
		default:
			seen[key.Value], r.s.lines[at] = key.Line, key.Line
			f.read(at, resolved(value))
		}
	}
}

func (r *reader) sub(fields ...field) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) { r.section(path, n, fields) }
}

// list reads a sequence, each item with its index in the path.
func (r *reader) list(item func(path string, n *yaml.Node)) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			r.problemAt(n.Line, path+" must be a list")
			return
		}
		for i, c := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			r.s.lines[at] = c.Line
			item(at, resolved(c))
		}
	}
}

// text reads a value that must not be empty.
func (r *reader) text(to *string) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		v, ok := r.value(path, n)
		if ok && v == "" {
			r.problem(path, "has no value")
		}
		*to = v
	}
}

// secret reads a value that may be empty, so that judging can say what an empty one means.
func (r *reader) secret(to *secret.Text) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		v, ok := r.value(path, n)
		*to = secret.Text(v)
		if !ok {
			*to = unread
		}
	}
}

// unread stands for a secret whose env: or file: could not be read: that problem is noted already.
const unread = secret.Text("\x00unread")

func (r *reader) folder(to *string) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		r.text(to)(path, n)
		if *to != "" {
			*to = beside(r.file, *to)
		}
	}
}

// value resolves a scalar: literal, env:NAME or file:PATH. It is false after a problem.
func (r *reader) value(path string, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.problemAt(n.Line, path+" must be one value")
		return "", false
	}
	if n.Tag == "!!null" {
		return "", true
	}
	if name, ok := strings.CutPrefix(n.Value, "env:"); ok {
		return r.fromEnv(path, name)
	}
	if name, ok := strings.CutPrefix(n.Value, "file:"); ok {
		return r.fromFile(path, name)
	}
	return n.Value, true
}

func (r *reader) fromEnv(path, name string) (string, bool) {
	v, ok := r.env(name)
	if !ok {
		r.problem(path, "wants the environment variable %s, which is not set", name)
	}
	return v, ok
}

func (r *reader) fromFile(path, name string) (string, bool) {
	data, err := r.read(beside(r.file, name))
	if err != nil {
		why := err
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			why = pe.Err
		}
		r.problem(path, "wants the file %s: %v", name, why)
		return "", false
	}
	return strings.TrimSpace(string(data)), true
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func find(fields []field, name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

func names(fields []field) string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.name
	}
	return strings.Join(all, ", ")
}
