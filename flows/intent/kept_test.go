package intent

import (
	"io/fs"
	"os"
	"testing"
)

// The model that is kept must be what the lists teach. After a change of a list or of
// how is learnt: UPDATE=1 go test ./flows/intent -run TheModelIsThatOfTheLists
func TestTheModelIsThatOfTheLists(t *testing.T) {
	dir, err := fs.Sub(files, "data")
	if err != nil {
		t.Fatal(err)
	}
	of, err := fingerprint(dir)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		fresh := without(t, func(string) bool { return false })
		b, err := keep(fresh.model, of)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("model.bin", b, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	m, err := kept(dir)
	if err != nil || m == nil {
		t.Fatalf("the kept model is not of these lists (%v): UPDATE=1 go test ./flows/intent -run TheModelIsThatOfTheLists", err)
	}
	if !relearns {
		return
	}
	fresh := without(t, func(string) bool { return false })
	old, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	for _, x := range append(listed(t, "tuned.txt"), listed(t, "blind.txt")...) {
		if a, b := old.Read(x.text).Sure(), fresh.Read(x.text).Sure(); a != b {
			differ++
			t.Logf("%q is %q as kept, %q as learnt", x.text, a, b)
		}
	}
	if differ > 12 {
		t.Errorf("%d messages are read otherwise by the kept model", differ)
	}
}
