package intent

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// model is a multinomial logistic regression over the features of sentences
// (maximum entropy), learnt by stochastic gradient descent with AdaGrad (Duchi,
// Hazan, Singer 2011) and an L2 penalty; the weights are the mean of those after
// each pass but the first, which depends less on the draw (Polyak, Juditsky 1992). It
// is learnt from the lists alone, so that the lists are all there is to understand; see [kept].
type model struct {
	intents []string
	place   index     // of a feature in weights
	weights []float32 // len(intents) for each feature; nil if they are kept as steps
	steps   []int8    // weights in whole steps of scale, a quarter of the memory; nil while learning
	scale   float32
}

// weight is the one at a place among weights, however they are kept.
func (m *model) weight(i int) float32 {
	if m.steps != nil {
		return float32(m.steps[i]) * m.scale
	}
	return m.weights[i]
}

const (
	passes  = 5
	rate    = 0.7
	penalty = 2e-6
	// sharp scales the scores: features are weighted by 1/sqrt of their number.
	sharp = 4.0
)

// sample is an example as numbers.
type sample struct {
	features []int32
	intent   int
	weight   float32
}

// learn makes a model of examples.
func learn(l *lexicon, examples []example, draw *rand.Rand) *model {
	m := &model{}
	found := map[string]int{}
	for _, x := range examples {
		found[x.intent]++
	}
	m.intents = slices.Sorted(maps.Keys(found))
	samples := make([]sample, 0, len(examples)*5/4)
	for _, x := range examples {
		words, asks := l.read(x.text)
		s := sample{m.grow(words, asks, -1), slices.Index(m.intents, x.intent), 1}
		samples = append(samples, s)
		if len(words) > 1 && draw.IntN(4) == 0 { // so that strangers among the words are no surprise
			s.features = m.grow(words, asks, draw.IntN(len(words)))
			samples = append(samples, s)
		}
	}
	m.train(samples, draw)
	return m
}

// grow numbers the features of a sentence, also new ones.
func (m *model) grow(words []word, asks bool, blind int) (out []int32) {
	features(words, asks, blind, func(name []byte) { out = append(out, m.place.add(string(name))) })
	slices.Sort(out)
	return slices.Compact(out)
}

func (m *model) train(samples []sample, draw *rand.Rand) {
	k := len(m.intents)
	m.weights = make([]float32, m.place.len()*k)
	squares := make([]float32, len(m.weights))
	scores := make([]float64, k)
	sum := make([]float32, len(m.weights))
	for pass := range passes {
		draw.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		for _, s := range samples {
			m.step(s, scores, squares)
		}
		if pass > 0 {
			for i, w := range m.weights {
				sum[i] += w / (passes - 1)
			}
		}
	}
	m.weights = sum
}

// step moves the weights towards what one sample says. One goroutine learns, and watching each of its
// billion accesses for races takes ten times as long as learning.
//
//go:norace
func (m *model) step(s sample, scores []float64, squares []float32) {
	k := len(m.intents)
	m.score(s.features, scores)
	softmax(scores)
	x := float32(sharp / math.Sqrt(float64(len(s.features))))
	for c := range scores {
		g := float32(scores[c])
		if c == s.intent {
			g--
		}
		if g > -0.002 && g < 0.002 {
			continue
		}
		g *= x * s.weight
		for _, f := range s.features {
			i := int(f)*k + c
			d := g + penalty*m.weights[i]
			squares[i] += d * d
			m.weights[i] -= rate * d / float32(math.Sqrt(float64(squares[i])+1e-6)) * 0.25
		}
	}
}

// score adds up the weights of features for each intent; nobody changes them once they are learnt.
//
//go:norace
func (m *model) score(features []int32, scores []float64) {
	k := len(m.intents)
	clear(scores)
	if len(features) == 0 {
		return
	}
	for _, f := range features {
		at := int(f) * k
		if m.steps == nil {
			for c, w := range m.weights[at : at+k] {
				scores[c] += float64(w)
			}
			continue
		}
		for c, w := range m.steps[at : at+k] {
			scores[c] += float64(float32(w) * m.scale)
		}
	}
	x := sharp / math.Sqrt(float64(len(features)))
	for c := range scores {
		scores[c] *= x
	}
}

func softmax(scores []float64) {
	top, sum := slices.Max(scores), 0.0
	for c, s := range scores {
		scores[c] = math.Exp(s - top)
		sum += scores[c]
	}
	for c := range scores {
		scores[c] /= sum
	}
}

// guess returns the likelihood of each intent, in the order of m.intents, and the known features.
func (m *model) guess(words []word, asks bool) (likely []float64, known []int32) {
	known = make([]int32, 0, 48)
	features(words, asks, -1, func(name []byte) {
		if i, ok := m.place.find(name); ok && !slices.Contains(known, i) {
			known = append(known, i)
		}
	})
	likely = make([]float64, len(m.intents))
	m.score(known, likely)
	softmax(likely)
	return likely, known
}

// why names the features that speak most for an intent.
func (m *model) why(intent int, known []int32) []string {
	k := len(m.intents)
	weight := func(f int32) float32 { return m.weight(int(f)*k + intent) }
	order := slices.Clone(known)
	slices.SortStableFunc(order, func(a, b int32) int { return int((weight(b) - weight(a)) * 1e4) })
	var out []string
	for _, f := range order {
		if said := told(m.place.text(int(f))); len(out) < 5 && weight(f) > 0 && !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	return out
}

// told says a feature to a reader.
func told(name string) string {
	kind, what, _ := strings.Cut(name, ":")
	switch kind {
	case "w", "b":
		return strconv.Quote(what)
	case "i", "p", "t":
		return strings.ToUpper(what)
	case "n", "ni":
		return "not " + what
	case "g", "x":
		return "…" + what + "…"
	case "long", "strange":
		return kind + " " + what
	}
	return name
}
