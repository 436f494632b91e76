package store_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/store"
)

// filler makes up values of any type that records hold.
type filler struct {
	*rand.Rand
	said string
}

// fill changes a value, deep down to some depth; what is unexported it leaves.
func (f filler) fill(v reflect.Value, depth int) {
	if f.IntN(4) == 0 || depth == 0 {
		return
	}
	if at, ok := v.Addr().Interface().(*time.Time); ok {
		*at = time.Unix(f.Int64N(4e9)-2e9, f.Int64N(2)*f.Int64N(1e9)).In([]*time.Location{time.UTC, time.FixedZone("", -3*3600), time.FixedZone("", 5*3600+1800)}[f.IntN(3)])
		return
	}
	switch v.Kind() {
	case reflect.String:
		said := []string{f.said, "mseg", "¿Qué número?\nDecímelo.", `"\`, "a<b", "b>c", "R&D", "\u2028", "\xff", "\x00\t", "👍", "7"}
		v.SetString(said[f.IntN(len(said))])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(f.Int64N(100) - 50)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(f.Uint64N(100))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), depth-1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.IntN(3), 3))
		for i := range v.Len() {
			f.fill(v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range f.IntN(4) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(key, depth-1)
			f.fill(value, depth-1)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i), depth)
			}
		}
	}
}

// odd has what only encoding/json knows how to write, and some that nobody wrote yet.
type odd struct {
	Plain  string
	Any    any             `json:"any,omitempty"`
	Raw    json.RawMessage `json:"raw,omitempty"`
	Kinds  flows.Kind      `json:"kinds,string"`
	Rate   float64         `json:"rate"`
	Counts map[string]int  `json:"counts"`
	flows.Echo
	Inner struct {
		Array [2]bool    `json:"array,omitempty"`
		Never time.Time  `json:"never,omitempty"`
		At    *time.Time `json:"at,omitzero"`
		Self  *odd       `json:"self"`
		Bytes []byte     `json:"bytes"`
		Small []uint8    `json:"small,omitempty"`
		Echo  flows.Echo `json:"echo,omitzero"`
		None  struct{}   `json:"none,omitempty"`
		Skip  int        `json:"-"`
	} `json:"inner"`
}

func sameAsLibrary(t *testing.T, v any) {
	t.Helper()
	want, wantErr := json.Marshal(v)
	got, err := store.AppendJSON([]byte("before "), v)
	if (err != nil) != (wantErr != nil) || err == nil && string(got) != "before "+string(want) {
		t.Errorf("got  %s, %v\nwant %s, %v", got, err, want, wantErr)
	}
}

func FuzzWhatIsStoredIsWrittenAsTheLibraryWouldWriteIt(f *testing.F) {
	for i, s := range []string{"", "hola", "\u2029", "é", "\xe2\x80", `<"\n>`, "\x7f"} {
		f.Add(uint64(i), s)
	}
	f.Fuzz(func(t *testing.T, seed uint64, s string) {
		make := filler{rand.New(rand.NewPCG(seed, 1)), s}
		for _, v := range []any{new(store.Conversation), new(store.Page), new(store.Away), new(odd), &odd{Plain: s}, &s} {
			make.fill(reflect.ValueOf(v).Elem(), 6)
			sameAsLibrary(t, v)
		}
	})
}

func TestWhatCannotBeWrittenIsRefusedAsTheLibraryRefusesIt(t *testing.T) {
	var c store.Conversation
	c.Heard = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	sameAsLibrary(t, &c)
	hidden := struct {
		Password secret.Text `json:"password"`
	}{"x"}
	sameAsLibrary(t, &hidden)
	sameAsLibrary(t, &odd{Any: func() {}})
}

// summaryByLibrary reads a summary without the short way.
func summaryByLibrary(b []byte) (v store.Summary, err error) {
	var since int64
	fields := []any{&v.Portal, &v.Channel, &v.Person, &v.Flow, &v.Step, &since, &v.Tries, &v.Holder, &v.Stuck}
	err = json.Unmarshal(b, &fields)
	if since != 0 {
		v.Since = time.Unix(since, 0).UTC()
	}
	return v, err
}

func FuzzSummaryIsReadAsTheLibraryWouldReadIt(f *testing.F) {
	for _, s := range []string{`["mseg","telegram","Ana \"","proof","legajo",1795000000,2,"",true]`, `["mseg","telegram","Ánimo, Ana]","","",0,0,"beto",false]`,
		`["","","","","",-7,-0,"",false]`, `["a","b","c","d","e",1,2,"f",null]`, `["a","b","c","d","e",1,2,"f",true]x`, `["a","b","c","d","e",01,2,"f",true,3]`,
		"[\"\xff\",\"\n\",\"\",\"\",\"\",1e2,2.0,\"\",true]", `["`, `[`, ``, `["a]`, `null`, `,"","","","","",0,0,"",true]`} {
		f.Add([]byte(s), uint64(len(s)))
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		var c store.Conversation
		filler{rand.New(rand.NewPCG(seed, 2)), string(b)}.fill(reflect.ValueOf(&c).Elem(), 4)
		for _, b := range [][]byte{b, store.SummaryJSON(&c)} {
			want, wantErr := summaryByLibrary(b)
			got, err := store.ReadSummary(b)
			if (err != nil) != (wantErr != nil) || err == nil && got != want {
				t.Errorf("%s: got %+v, %v, want %+v, %v", b, got, err, want, wantErr)
			}
		}
	})
}

// BenchmarkSummary measures reading one, as all are read when the console starts.
func BenchmarkSummary(b *testing.B) {
	made := store.SummaryJSON(&store.Conversation{Key: ana, Name: "Ana", Heard: time.Now(), Dialog: flows.Dialog{Flow: "proof", Step: "legajo", Since: time.Now(), Tries: 1}})
	for name, read := range map[string]func([]byte) (store.Summary, error){"here": store.ReadSummary, "library": summaryByLibrary} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read(made); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode measures writing a record that is as long as most.
func BenchmarkEncode(b *testing.B) {
	now := time.Now()
	c := &store.Conversation{Schema: 2, Key: ana, Name: "Ana", Turns: 7, Lines: 15, Page: "0mi9x1234", Heard: now.Truncate(time.Second), Idents: []string{"2cac1ffad339a4ef3d69ff6a5528bbdeg17"},
		Marks:  store.Marks{Ids: make([]byte, 120), Top: 538152143},
		Outbox: []store.Outbound{{ID: "tg/1/0", At: now, Origin: "7", N: 15, Reply: flows.Reply{Text: "¿Cuál es tu número de legajo?\nEstá en tu recibo.", Offer: []flows.Option{{ID: "where", Label: "¿Dónde lo encuentro?"}}}}}}
	c.Dialog = midway(c, now)
	room := make([]byte, 0, 4096)
	for name, encode := range map[string]func() ([]byte, error){
		"here":    func() ([]byte, error) { return store.AppendJSON(room[:0], c) },
		"library": func() ([]byte, error) { return json.Marshal(c) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := encode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Writes share their room one after the other.
func TestARecordThatCannotBeWrittenSpoilsNothingForTheNext(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.accept(beto, said("1", "buenas"))
	c := w.load(ana)
	c.Recall(said("2", "esto se pierde"))
	c.Heard = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := w.Save(t.Context(), c); err == nil {
		t.Fatal("a record of the year 10000 was written")
	}
	w.update(beto, func(c *store.Conversation) { c.Recall(said("3", "dale")) })
	w.restart()
	if got := len(w.load(ana).Inbox); got != 1 {
		t.Errorf("%d messages of who could not be written, want 1", got)
	}
	lines, err := w.Transcript(t.Context(), beto, 0, 9)
	if err != nil || len(lines) != 2 || lines[1].Text != "dale" {
		t.Errorf("transcript %+v, %v, want both lines of the other", lines, err)
	}
}
