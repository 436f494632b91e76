package emulator

import (
	"bytes"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestPhonesAreBroughtBackWithWhatIsOnItsWay(t *testing.T) {
	w := newBench(t)
	w.net.AddContent(Content{Account: account, SID: "HX00000000000000000000000000000001", Body: "{{1}}", Options: 1, Approved: true})
	w.say("Ana <b>", "hola")
	w.send("Ana <b>", only("Body"), only("ContentSid", "HX00000000000000000000000000000001"), only("ContentVariables", `{"1":"¿Sí?","2":"Sí","3":"v:yes"}`))
	w.wait(5)
	w.net.Off("Luis")
	w.say("Luis", "hola")
	_, coming, _ := w.send("Luis")
	w.wait(8)
	w.mu.Lock()
	w.fail = 1 << 20
	w.mu.Unlock()
	w.say("Ana <b>", "¿hay alguien?")
	w.wait(9)
	var kept bytes.Buffer
	if err := w.net.Save(&kept); err != nil {
		t.Fatal(err)
	}
	w.net.Close()
	w.mu.Lock()
	w.fail, w.forms = 0, nil
	w.mu.Unlock()
	before, ana := w.net, w.net.Screen(from, "Ana <b>", 0)
	w.net = New(Options{Clock: w.clock})
	defer func() { w.net.Close() }()
	w.net.AddSender(Sender{Account: account, Token: token, From: from, Webhook: w.hook.URL + "/in"})
	if err := w.net.Load(bytes.NewReader(kept.Bytes())); err != nil {
		t.Fatal(err)
	}
	if got := w.net.Screen(from, "Ana <b>", 0); !reflect.DeepEqual(got, ana) || len(got) != 3 {
		t.Errorf("Ana sees %+v, want %+v", got, ana)
	}
	if got, want := w.net.Address("Luis"), before.Address("Luis"); got != want {
		t.Errorf("Luis has %s, want %s", got, want)
	}
	w.net.On("Luis")
	w.until(func() bool { return w.status(coming) == "read" })
	if got := w.net.Screen(from, "Luis", 0); len(got) != 2 {
		t.Errorf("Luis sees %+v", got)
	}
	must(w, w.net.Tap(from, "Ana <b>", "Sí"))
	said := func(f url.Values) bool { return f.Get("Body") == "¿hay alguien?" }
	for n := 1; !slices.ContainsFunc(w.wait(n), said); n++ { // ends the test if nothing more comes
	}
	if err := w.net.Load(strings.NewReader("{")); err == nil {
		t.Error("half a memory was taken")
	}
}
