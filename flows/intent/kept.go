package intent

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/gob"
	"fmt"
	"io/fs"
	"math"
	"slices"
)

//go:embed model.bin
var learnt []byte

// stored is a model as it is kept: weights as whole steps of a scale.
type stored struct {
	Of       [sha256.Size]byte // the lists that it was learnt of
	Intents  []string
	Features []string
	Scale    float32
	Weights  []byte // int8
}

// version changes when features are made or learnt in another way, so that older models are not used.
const version = "4"

// kept returns the model that was learnt of exactly these lists, so that a start
// need not learn them again; nil if they have changed since. The test
// TestTheModelIsThatOfTheLists with UPDATE=1 in the environment keeps it anew.
func kept(dir fs.FS) (*model, error) {
	of, err := fingerprint(dir)
	if err != nil {
		return nil, err
	}
	zipped, err := gzip.NewReader(bytes.NewReader(learnt))
	if err != nil {
		return nil, fmt.Errorf("model.bin: %w", err)
	}
	var s stored
	if err := gob.NewDecoder(zipped).Decode(&s); err != nil {
		return nil, fmt.Errorf("model.bin: %w", err)
	}
	if s.Of != of {
		return nil, nil
	}
	return s.model(), nil
}

func (s stored) model() *model {
	m := &model{intents: s.Intents, steps: make([]int8, len(s.Weights)), scale: s.Scale}
	for _, name := range s.Features {
		m.place.add(name)
	}
	for i, w := range s.Weights {
		m.steps[i] = int8(w)
	}
	return m
}

// keep writes a model as [kept] reads it. Features of hardly any weight are left out.
func keep(m *model, of [sha256.Size]byte) ([]byte, error) {
	s := stored{Of: of, Intents: m.intents}
	top := float32(0)
	for _, w := range m.weights {
		top = max(top, float32(math.Abs(float64(w))))
	}
	s.Scale = top / 127
	k := len(m.intents)
	for i := range m.place.len() {
		row := make([]byte, k)
		for c, w := range m.weights[i*k : i*k+k] {
			row[c] = byte(int8(math.Round(float64(w / s.Scale))))
		}
		if slices.ContainsFunc(row, func(b byte) bool { return int8(b) >= least || int8(b) <= -least }) {
			s.Features, s.Weights = append(s.Features, m.place.text(i)), append(s.Weights, row...)
		}
	}
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(zipped).Encode(s); err != nil {
		return nil, fmt.Errorf("keeping a model: %w", err)
	}
	err = zipped.Close()
	return b.Bytes(), err
}

// least is the weight, in steps of the scale, below which for every intent a feature is not worth its memory.
const least = 15

// fingerprint names the contents of the lists.
func fingerprint(dir fs.FS) (of [sha256.Size]byte, err error) {
	h := sha256.New()
	err = fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(dir, path)
		fmt.Fprintf(h, "%s %s %d\n%s", version, path, len(b), b)
		return err
	})
	if err != nil {
		return of, fmt.Errorf("reading the lists: %w", err)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
