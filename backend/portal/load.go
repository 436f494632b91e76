package portal

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Mistake is one thing that is wrong in a profile, at the place where its author can mend it.
type Mistake struct {
	File string
	Line int // from 1; 0 where the whole file is meant
	Text string
}

func (m Mistake) String() string {
	if m.Line == 0 {
		return m.File + ": " + m.Text
	}
	return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text)
}

// Mistakes is the error that [Load] returns: all of them at once, by file and line.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i := range m {
		lines[i] = m[i].String()
	}
	return strings.Join(lines, "\n")
}

// most is how large a profile may be, in bytes.
const most = 256 << 10

//go:embed profiles/*.yaml
var builtin embed.FS

// Builtin returns the profiles that ship with Ventanilla. What they hold is shared by all
// who ask and is not to be changed.
func Builtin() ([]Profile, error) {
	all, err := shipped()
	return slices.Clone(all), err
}

var shipped = sync.OnceValues(func() ([]Profile, error) {
	folder, err := fs.Sub(builtin, "profiles")
	if err != nil {
		return nil, fmt.Errorf("opening the built-in profiles: %w", err)
	}
	return Load(folder)
})

// Load reads every *.yaml file in a folder (not below it) and returns the profiles by id.
// What is wrong in any of them comes back as [Mistakes], and then no profile at all.
func Load(folder fs.FS) ([]Profile, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("reading the folder of profiles: %w", err)
	}
	var profiles []Profile
	var wrong Mistakes
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		text, err := fs.ReadFile(folder, e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading profile %s: %w", e.Name(), err)
		}
		p, mistakes := Parse(e.Name(), text)
		if i := slices.IndexFunc(profiles, func(q Profile) bool { return p.ID != "" && q.ID == p.ID }); i >= 0 {
			mistakes = append(mistakes, Mistake{e.Name(), 1, "id " + p.ID + " is also that of another file"})
		}
		profiles, wrong = append(profiles, p), append(wrong, mistakes...)
	}
	if len(profiles) == 0 {
		return nil, Mistakes{{File: ".", Text: "no profile (*.yaml) in this folder"}}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	slices.SortFunc(profiles, func(a, b Profile) int { return cmp.Compare(a.ID, b.ID) })
	return profiles, nil
}

// Parse reads one profile. The name of its file, without .yaml, must be its id.
func Parse(file string, text []byte) (Profile, Mistakes) {
	d := document{file: file, lines: 1 + bytes.Count(text, []byte("\n"))}
	if len(text) > most {
		d.add(0, "larger than %d KiB", most>>10)
		return Profile{}, d.wrong
	}
	p, readable := d.decode(text)
	if readable {
		unread := slices.Clone(d.wrong)
		d.check(&p)
		// What could not be read is not also missing.
		d.wrong = append(unread, slices.DeleteFunc(d.wrong[len(unread):], func(m Mistake) bool {
			return slices.ContainsFunc(unread, func(u Mistake) bool { return u.Line == m.Line })
		})...)
	}
	slices.SortStableFunc(d.wrong, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return p, d.wrong
}

// document is a profile being read, with what is wrong in it so far.
type document struct {
	file  string
	lines int
	root  yaml.Node
	wrong Mistakes
}

func (d *document) add(line int, format string, args ...any) {
	d.wrong = append(d.wrong, Mistake{d.file, line, fmt.Sprintf(format, args...)})
}

// decode reads the text strictly. It is readable when it is YAML, even if some of it is of no use.
func (d *document) decode(text []byte) (p Profile, readable bool) {
	if err := yaml.Unmarshal(text, &d.root); err != nil {
		d.addYAML(err)
		return p, false
	}
	if len(d.root.Content) == 0 {
		d.add(1, "empty")
		return p, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil {
		d.addYAML(err)
		_, partly := errors.AsType[*yaml.TypeError](err)
		return p, partly
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		d.add(d.root.Content[0].Line, "more than one YAML document")
	}
	return p, true
}

var (
	yamlLine     = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlUnknown  = regexp.MustCompile(`^field (\S+) not found in type .*$`)
	yamlMismatch = regexp.MustCompile("^cannot unmarshal !!(\\w+)(?: `(.*)`)? into (.*)$")
)

// addYAML adds what the YAML library found, in words for the author of a profile.
func (d *document) addYAML(err error) {
	found := []string{err.Error()}
	if t, ok := errors.AsType[*yaml.TypeError](err); ok {
		found = t.Errors
	}
	for _, text := range found {
		line := 1
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		if strings.HasPrefix(text, "did not find expected") && !strings.HasSuffix(text, "line break") {
			line = max(line, min(line+1, d.lines)) // the library's parser counts from 0, unlike its scanner
		}
		text = yamlUnknown.ReplaceAllString(text, "unknown key $1")
		if m := yamlMismatch.FindStringSubmatch(text); m != nil {
			text = strings.TrimSpace(yamlNames[m[1]]+" "+m[2]) + ", want " + wanted(m[3])
		}
		d.add(line, "%s", strings.TrimPrefix(text, "yaml: "))
	}
}

// yamlNames are the library's kinds of values in words.
var yamlNames = map[string]string{"str": "a text", "int": "a number", "float": "a number", "bool": "true or false", "map": "a group of keys", "seq": "a list", "null": "nothing", "timestamp": "a day"}

// wanted is a Go type in the same words.
func wanted(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case goType == "int":
		return "a number"
	case goType == "bool":
		return "true or false"
	case goType == "string" || slices.Contains([]string{"portal.Service", "portal.Mode", "portal.Trust", "portal.Naming", "portal.Part"}, goType):
		return "a text"
	}
	return "a group of keys"
}

// line is where the value at a path begins, or where the nearest thing around it does.
func (d *document) line(path ...any) int {
	n := &d.root
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line := n.Line
	for _, step := range path {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n = child(n, step); n == nil {
			break
		}
		line = n.Line
	}
	return max(line, 1)
}

func child(n *yaml.Node, step any) *yaml.Node {
	switch step := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1]
			}
		}
	}
	return nil
}
