package intent

import (
	"hash/maphash"
	"iter"
	"strings"
)

// index numbers strings in the order in which they come. It holds them in a few pieces of memory
// without pointers: maps of tens of thousands of strings took four times as much, and a third of
// the time of each garbage collection. The zero value is empty.
type index struct {
	letters strings.Builder // of all strings
	ends    []uint32        // of each in letters
	slots   []int32         // by hash: the number of a string and 1; 0: free
}

var seed = maphash.MakeSeed()

func (x *index) len() int { return len(x.ends) }

// text is the string of a number.
func (x *index) text(i int) string {
	from := uint32(0)
	if i > 0 {
		from = x.ends[i-1]
	}
	return x.letters.String()[from:x.ends[i]]
}

// find returns the number of a string, if it is there.
func (x *index) find(s []byte) (int32, bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	n := x.slots[x.slot(s)]
	return n - 1, n > 0
}

// slot is where a string is, or where it belongs.
func (x *index) slot(s []byte) int {
	at := int(maphash.Bytes(seed, s)) & (len(x.slots) - 1)
	for x.slots[at] > 0 && x.text(int(x.slots[at]-1)) != string(s) {
		at = (at + 1) & (len(x.slots) - 1)
	}
	return at
}

// add returns the number of a string, a new one if it has none.
func (x *index) add(name string) int32 {
	s := []byte(name)
	if i, ok := x.find(s); ok {
		return i
	}
	x.letters.Write(s)
	x.ends = append(x.ends, uint32(x.letters.Len()))
	if 3*len(x.ends) > 2*len(x.slots) {
		x.slots = make([]int32, max(64, 2*len(x.slots)))
		for i := range x.ends {
			x.slots[x.slot([]byte(x.text(i)))] = int32(i) + 1
		}
	} else {
		x.slots[x.slot(s)] = int32(len(x.ends))
	}
	return int32(len(x.ends)) - 1
}

// neighbours are lists of words by their numbers, by string. The zero value has none.
type neighbours struct {
	keys  index
	first []int32 // by key: its first place in list
	last  []int32
	list  []neighbour
}

type neighbour struct{ word, next int32 } // next in the list of the same key; 0: none

// add puts a word at the end of the list of a key.
func (n *neighbours) add(key string, word int32) {
	k, at := n.keys.add(key), int32(len(n.list))
	n.list = append(n.list, neighbour{word: word})
	if int(k) == len(n.first) {
		n.first, n.last = append(n.first, at), append(n.last, at)
		return
	}
	n.list[n.last[k]].next, n.last[k] = at, at
}

// of yields the words of a key in the order in which they came.
func (n *neighbours) of(key string) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		k, ok := n.keys.find([]byte(key))
		if !ok {
			return
		}
		for at := n.first[k]; ; at = n.list[at].next {
			if !yield(n.list[at].word) || n.list[at].next == 0 {
				return
			}
		}
	}
}

// meanings are what messages mean. The zero value knows none.
type meanings struct {
	messages, intents index
	means             []int32 // the number of an intent, by that of a message
}

func (m *meanings) set(message, intent string) {
	i, means := m.messages.add(message), m.intents.add(intent)
	if int(i) == len(m.means) {
		m.means = append(m.means, means)
	}
	m.means[i] = means
}

// of is the intent of a message, "" if it is not known.
func (m *meanings) of(message string) string {
	i, ok := m.messages.find([]byte(message))
	if !ok {
		return ""
	}
	return m.intents.text(int(m.means[i]))
}
