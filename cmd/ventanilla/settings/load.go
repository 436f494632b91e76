package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"ventanilla/bot/console"
)

// maxFile bounds the settings file and each file: value, so that a wrong path cannot fill the memory.
const maxFile = 1 << 20

// Load reads and judges the file. Mistakes in it are returned as [Problems], all at once.
func Load(file string) (*Settings, error) {
	data, err := readSome(file)
	if err != nil {
		return nil, fmt.Errorf("reading settings: %w", err)
	}
	return Parse(file, data, os.LookupEnv, readSome)
}

// Parse judges settings that were already read. Names in env: are asked of env,
// paths in file: of read; relative ones are taken from the folder of file.
func Parse(file string, data []byte, env func(string) (string, bool), read func(path string) ([]byte, error)) (*Settings, error) {
	r := &reader{file: file, env: env, read: read, s: defaults(file)}
	if root := r.document(data); root != nil {
		r.settings(root)
		r.judge()
	}
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	return r.s, nil
}

func defaults(file string) *Settings {
	return &Settings{
		File:    file,
		Public:  Public{Listen: "127.0.0.1:8080"},
		Console: Console{Listen: "127.0.0.1:8081", Answer: console.DefaultAnswer},
		Store:   beside(file, "ventanilla.db"),
		Keys:    Keys{File: beside(file, "ventanilla.key")},
		Limits:  DefaultLimits(),
		lines:   map[string]int{},
	}
}

// beside makes a path that is relative to the settings file.
func beside(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

func readSome(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = &os.PathError{Op: "read", Path: path, Err: errors.New("larger than 1 MiB")}
	}
	return data, err
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document parses the YAML and returns its one mapping, or nil after a problem.
func (r *reader) document(data []byte) *yaml.Node {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		r.problemAt(1, "the file is empty")
		return nil
	case err != nil:
		r.yamlProblem(err)
		return nil
	}
	if err := dec.Decode(&more); err == nil {
		r.problemAt(more.Line, "a second document begins here; the settings are one")
	} else if !errors.Is(err, io.EOF) {
		r.yamlProblem(err)
	}
	return doc.Content[0]
}

func (r *reader) yamlProblem(err error) {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		r.problemAt(0, err.Error())
		return
	}
	line, _ := strconv.Atoi(m[1])
	r.problemAt(line, "not valid YAML: "+err.Error()[len(m[0]):])
}
