package settings_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
)

const whole = `public:  {listen: 127.0.0.1:8080, url: https://bot.example.org/}
console: {listen: 127.0.0.1:8081}
store: bolt:./ventanilla.db
keys: file:./ventanilla.key
core: {url: http://127.0.0.1:9000, token: env:CORE_TOKEN}
mail: {url: smtp://127.0.0.1:1025, from: "Mesa de Ayuda <no-reply@example.org>"}
portals: ./portals
limits: default
bots:
  - portal: mseg
    telegram: {token: env:TG_TOKEN, secret: "file:tg.secret", mode: webhook, api: https://api.telegram.org}
`

var env = map[string]string{"CORE_TOKEN": "core-token-canary", "TG_TOKEN": "12345:tg-token-canary", "EMPTY": "",
	"EVIDENCE": "evidence-key-canary-0123456789abcdef"}

func parse(text string) (*settings.Settings, error) {
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	read := func(path string) ([]byte, error) {
		if path == filepath.Join("etc", "tg.secret") {
			return []byte("  s3cret_canary\n"), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return settings.Parse(filepath.Join("etc", "v.yaml"), []byte(text), lookup, read)
}

func TestTheWholeFileIsRead(t *testing.T) {
	s, err := parse(whole)
	if err != nil {
		t.Fatal(err)
	}
	tg := s.Bots[0].Telegram
	for what, pair := range map[string][2]string{
		"public.url has no slash at its end":       {s.Public.URL, "https://bot.example.org"},
		"the store is relative to the file":        {s.Store, filepath.Join("etc", "ventanilla.db")},
		"the key file is relative to the file":     {s.Keys.File, filepath.Join("etc", "ventanilla.key")},
		"profiles are relative to the file":        {s.Portals, filepath.Join("etc", "portals")},
		"env: is resolved":                         {s.Core.Token.Reveal(), "core-token-canary"},
		"file: is read from beside it and trimmed": {tg.Secret.Reveal(), "s3cret_canary"},
		"the place of a setting":                   {s.At("bots[0].portal"), filepath.Join("etc", "v.yaml") + ":10"},
		"the place of a setting that is absent":    {s.At("bots[0].whatsapp.from"), filepath.Join("etc", "v.yaml") + ":10"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	if shown := fmt.Sprintf("%+v %#v", *s, *tg); strings.Contains(shown, "canary") {
		t.Errorf("a secret is shown in %s", shown)
	}
}

func TestTheKeyOfEvidenceIsReadAndNotShown(t *testing.T) {
	s := mustParse(t, edit(t, "env:CORE_TOKEN", "env:CORE_TOKEN, evidence: env:EVIDENCE"))
	if got, want := s.Core.Evidence.Reveal(), env["EVIDENCE"]; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if shown := fmt.Sprintf("%+v %#v", *s, s.Core); strings.Contains(shown, "canary") {
		t.Errorf("a secret is shown in %s", shown)
	}
	if s := mustParse(t, whole); s.Core.Evidence != "" {
		t.Error("a key that is not in the file")
	}
}

func TestWhatIsAbsentHasADefault(t *testing.T) {
	s, err := parse(`public: {url: https://bot.example.org}
core: {url: https://core.example.org, token: x}
mail: {url: smtps://mail.example.org:465, from: a@example.org}
bots: [{portal: mseg, telegram: {token: "1:a", secret: b}}]
`)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{s.Public.Listen, s.Console.Listen, s.Console.Answer, s.Store, s.Keys.File, s.Portals, s.Bots[0].Telegram.Mode, s.Bots[0].Telegram.API}
	want := []any{"127.0.0.1:8080", "127.0.0.1:8081", 3 * time.Minute, "etc/ventanilla.db", "etc/ventanilla.key", "", "webhook", "https://api.telegram.org"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !reflect.DeepEqual(s.Limits.Limits, flows.DefaultLimits()) || len(s.Limits.Departures) != 0 {
		t.Errorf("got limits %+v, want the default ones", s.Limits)
	}
}

// edit returns the whole file with one piece replaced; it fails the test if the piece is not there.
func edit(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(whole, old) {
		t.Fatalf("%q is not in the file", old)
	}
	return strings.Replace(whole, old, new, 1)
}

func TestMistakesAreToldWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":                  {"portals: ./portals", "portal: ./portals", `7: unknown key "portal"; the keys here are public,`},
		"unknown key deep down":        {"mode: webhook", "mood: webhook", `11: unknown key "bots[0].telegram.mood"; the keys here are token, secret, mode, api`},
		"a key twice":                  {"limits: default", "store: bolt:x", "8: store is set twice, first in line 3"},
		"not a section":                {"core: {url: http://127.0.0.1:9000, token: env:CORE_TOKEN}", "core: here", "5: core must be a section with the keys url, token, evidence, events"},
		"a section for a value":        {"store: bolt:./ventanilla.db", "store: {bolt: x}", "3: store must be one value"},
		"no value":                     {"url: https://bot.example.org/", "url: ", "1: public.url has no value"},
		"missing key":                  {", url: https://bot.example.org/", "", "1: public.url is missing"},
		"missing section":              {"core: {url: http://127.0.0.1:9000, token: env:CORE_TOKEN}\n", "", "1: core.url is missing"},
		"env: that is not set":         {"env:TG_TOKEN", "env:NOPE", "11: bots[0].telegram.token wants the environment variable NOPE, which is not set"},
		"file: that is not there":      {"file:tg.secret", "file:nope", "11: bots[0].telegram.secret wants the file nope: file does not exist"},
		"empty token":                  {"env:TG_TOKEN", "env:EMPTY", "11: bots[0].telegram.token is empty"},
		"token with a slash":           {"env:TG_TOKEN", "a/b", "11: bots[0].telegram.token is not a bot token"},
		"empty secret":                 {`"file:tg.secret"`, `""`, "11: bots[0].telegram.secret is empty, so anybody could pose as Telegram; mode: poll needs none"},
		"odd secret":                   {`"file:tg.secret"`, `"a b"`, "11: bots[0].telegram.secret must be 1 to 256 of"},
		"empty core token":             {"env:CORE_TOKEN", "env:EMPTY", "5: core.token is empty, so anybody could pose"},
		"empty evidence key":           {"env:CORE_TOKEN", "env:CORE_TOKEN, evidence: env:EMPTY", "5: core.evidence is empty; leave it out"},
		"short evidence key":           {"env:CORE_TOKEN", "env:CORE_TOKEN, evidence: 0123456789abcdef0123456789abcde", "5: core.evidence is shorter than 32"},
		"evidence key is the token":    {"env:CORE_TOKEN", "env:EVIDENCE, evidence: env:EVIDENCE", "5: core.evidence is the token"},
		"empty events key":             {"env:CORE_TOKEN", "env:CORE_TOKEN, events: env:EMPTY", "5: core.events is empty; leave it out"},
		"short events key":             {"env:CORE_TOKEN", "env:CORE_TOKEN, events: 0123456789abcdef0123456789abcde", "5: core.events is shorter than 32"},
		"events key is the token":      {"env:CORE_TOKEN", "env:EVIDENCE, events: env:EVIDENCE", "5: core.events is the token"},
		"evidence key not there":       {"env:CORE_TOKEN", "env:CORE_TOKEN, evidence: env:NOPE", "5: core.evidence wants the environment variable NOPE, which is not set"},
		"unknown mode":                 {"mode: webhook", "mode: push", "11: bots[0].telegram.mode must be webhook or poll"},
		"public over plain HTTP":       {"https://bot.example.org/", "http://bot.example.org", "1: public.url is plain HTTP beyond this machine: whoever is in between reads along; if that is meant, say allow: [public-http]"},
		"a name like loopback":         {"https://bot.example.org/", "http://127.0.0.1.example.org", "1: public.url is plain HTTP"},
		"listening beyond":             {"listen: 127.0.0.1:8080", "listen: 0.0.0.0:8080", "1: public.listen takes plain HTTP from beyond this machine"},
		"listening on every host":      {"listen: 127.0.0.1:8080", `listen: ":8080"`, "1: public.listen takes plain HTTP from beyond this machine"},
		"console beyond":               {"listen: 127.0.0.1:8081", "listen: 10.0.0.1:8081", "2: console.listen takes plain HTTP from beyond"},
		"no time to answer":            {"listen: 127.0.0.1:8081", "answer: 1s", "2: console.answer leaves agents no time: at least 10s"},
		"core over plain HTTP":         {"http://127.0.0.1:9000", "http://core.example.org", "5: core.url is plain HTTP beyond"},
		"mail without TLS":             {"smtp://127.0.0.1:1025", "smtp://mail.example.org:25", "6: mail.url is SMTP without TLS beyond this machine"},
		"telegram over plain HTTP":     {"https://api.telegram.org", "http://api.telegram.org", "11: bots[0].telegram.api is plain HTTP beyond"},
		"a password in an address":     {"http://127.0.0.1:9000", "http://u:p@127.0.0.1:9000", "5: core.url must have no user"},
		"a path":                       {"bot.example.org/", "bot.example.org/x/", "1: public.url has a path"},
		"not an address":               {"http://127.0.0.1:9000", "ftp://127.0.0.1", "5: core.url must be an address"},
		"not a mail server":            {"smtp://127.0.0.1:1025", "http://127.0.0.1", "6: mail.url must be smtp://"},
		"a mail password in the clear": {"smtp://127.0.0.1:1025", "smtp://u:p@127.0.0.1:1025", "6: mail.url would send a password without TLS"},
		"a path to a mail server":      {"smtp://127.0.0.1:1025", "smtps://127.0.0.1/x", "6: mail.url must be only"},
		"no mailbox of bounces":        {"from: \"Mesa", "bounces: {every: 1m}, from: \"Mesa", "6: mail.bounces.url is missing"},
		"bounces from the clear":       {"from: \"Mesa", "bounces: {url: imap://a:hunter2@mail.example.org, address: b@example.org}, from: \"Mesa", "6: mail.bounces.url would send a password without TLS"},
		"bounces without a password":   {"from: \"Mesa", "bounces: {url: imaps://mail.example.org, address: b@example.org}, from: \"Mesa", "6: mail.bounces.url must name user and password"},
		"bounces to nowhere":           {"from: \"Mesa", "bounces: {url: imaps://a:b@mail.example.org}, from: \"Mesa", "6: mail.bounces.address is missing"},
		"bounces to no address":        {"from: \"Mesa", "bounces: {url: imaps://a:b@mail.example.org, address: \"B <b@example.org>\"}, from: \"Mesa", "6: mail.bounces.address must be a bare address"},
		"bounces all the time":         {"from: \"Mesa", "bounces: {url: imaps://a:b@mail.example.org, address: b@example.org, every: 1ms}, from: \"Mesa", "6: mail.bounces.every must be at least 1s"},
		"an unknown key of bounces":    {"from: \"Mesa", "bounces: {folder: x}, from: \"Mesa", "6: unknown key \"mail.bounces.folder\""},
		"not a mail address":           {`"Mesa de Ayuda <no-reply@example.org>"`, "nobody", "6: mail.from must be an address"},
		"another store":                {"bolt:./ventanilla.db", "postgres://x", "3: store must be bolt:PATH"},
		"a key in the settings":        {"keys: file:./ventanilla.key", "keys: abcdef", "4: keys must be file:PATH or env:NAME"},
		"another limits":               {"limits: default", "limits: few", "8: limits must be default, none"},
		"an unknown limit":             {"limits: default", "limits: {code.trys: 5}", `8: unknown key "limits.code.trys"`},
		"a limit that is no limit":     {"limits: default", "limits: {code.tries: many}", "8: limits.code.tries must be a number and a time such as 10/24h0m0s, or none"},
		"a limit below nothing":        {"limits: default", "limits: {talk.close: -1m}", "8: limits.talk.close must be a time"},
		"an unknown word of allow":     {"limits: default", "allow: [everything]", "8: allow[0] is not a word of allow"},
		"a portal twice":               {"bots:\n", "bots:\n  - {portal: mseg, telegram: {token: a, secret: b}}\n", "11: bots[1].portal is here twice"},
		"an odd portal":                {"portal: mseg", "portal: ../x", "10: bots[0].portal must be of a-z"},
		"a bot without a channel":      {"    telegram: {token: env:TG_TOKEN, secret: \"file:tg.secret\", mode: webhook, api: https://api.telegram.org}\n", "", "10: bots[0] has no channel"},
		"no bots":                      {"  - portal: mseg\n    telegram: {token: env:TG_TOKEN, secret: \"file:tg.secret\", mode: webhook, api: https://api.telegram.org}\n", "  []\n", "9: bots is empty"},
		"bad YAML":                     {"limits: default", "\tlimits: default", "not valid YAML"},
		"another document":             {"limits: default", "limits: default\n---\nx: 1", "a second document begins here"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(edit(t, c.old, c.new))
			if err == nil {
				t.Fatal("got no error")
			}
			file := filepath.Join("etc", "v.yaml") + ":"
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, file) {
					t.Errorf("got %q, want it to begin with %s", line, file)
				}
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:\n%v\nwant: %s", err, c.want)
			}
		})
	}
}

func TestEveryMistakeIsToldAtOnceByLine(t *testing.T) {
	_, err := parse(`nope: 1
public: {listen: here, url: http://example.org}
core: {token: env:NOPE}
mail: {url: smtp://127.0.0.1, from: x}
bots: [{portal: mseg, telegram: {mode: x}}]
`)
	ps, ok := errors.AsType[settings.Problems](err)
	if !ok {
		t.Fatalf("got %T %v, want Problems", err, err)
	}
	var lines []int
	for _, p := range ps {
		lines = append(lines, p.Line)
	}
	if want := []int{1, 2, 2, 3, 3, 4, 5, 5}; !reflect.DeepEqual(lines, want) {
		t.Errorf("got lines %v, want %v:\n%v", lines, want, err)
	}
}

func TestNothingFromEnvOrFileIsShownInAMistake(t *testing.T) {
	env["CANARY"] = "hunter2\ncanary"
	for _, text := range []string{"public: {url: env:CANARY, listen: env:CANARY}", "store: env:CANARY", "mail: {url: env:CANARY, from: env:CANARY}",
		"limits: env:CANARY", "limits: {code.tries: env:CANARY}", "allow: [env:CANARY]", "bots: [{portal: env:CANARY, telegram: {token: env:CANARY, secret: env:CANARY, mode: env:CANARY}}]"} {
		if _, err := parse(text); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestUnsafeThingsAreTakenWhenSaidInWords(t *testing.T) {
	s, err := parse(`allow: [public-listen, public-http, console-listen, core-http, mail-plain, telegram-http]
public: {listen: "0.0.0.0:80", url: http://bot.example.org}
console: {listen: "0.0.0.0:81"}
core: {url: http://core.example.org, token: x}
mail: {url: smtp://mail.example.org:25, from: a@example.org}
bots: [{portal: mseg, telegram: {token: a, secret: b, api: http://tg.example.org}}]
`)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Allow.Has(settings.AllowCoreHTTP) {
		t.Errorf("got %v, want core-http among them", s.Allow)
	}
}

func TestLimitsCanBeSetOneByOneAndDeparturesAreNamed(t *testing.T) {
	s, err := parse(edit(t, "limits: default", "limits: {code.tries: 20, flood.chat: 100/1m, tg.all: none, talk.close: 1h, flood.inbox: 8, code.gap: 60s}"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"code.tries is 20/24h0m0s instead of 10/24h0m0s", "flood.chat is 100/1m0s instead of 30/1m0s",
		"flood.inbox is 8 instead of 32", "talk.close is 1h0m0s instead of 30m0s", "tg.all is none instead of 30/1s"}
	if !reflect.DeepEqual(s.Limits.Departures, want) {
		t.Errorf("got %q, want %q", s.Limits.Departures, want)
	}
	if got := s.Limits.Chat; got.Max != 100 || got.Per != time.Minute || got.Kind != "flood.chat" {
		t.Errorf("got %+v", got)
	}
	none, err := parse(edit(t, "limits: default", "limits: none"))
	if err != nil || none.Limits.Chat.Max != 0 || len(none.Limits.Departures) == 0 {
		t.Errorf("got %+v, %v; want no limits and each named as a departure", none, err)
	}
}

// Each number of flows.Limits must be reachable from the file: raising them all to something else must change every field.
func TestEveryLimitHasAName(t *testing.T) {
	def := reflect.ValueOf(flows.DefaultLimits())
	got := reflect.ValueOf(mustParse(t, edit(t, "limits: default", "limits: {"+strings.Join(everyLimit, ", ")+"}")).Limits.Limits)
	for i := range def.NumField() {
		if reflect.DeepEqual(def.Field(i).Interface(), got.Field(i).Interface()) {
			t.Errorf("flows.Limits.%s has no name in limits", def.Type().Field(i).Name)
		}
	}
}

var everyLimit = []string{"code.tries: 99/9h", "code.tries.own: 99/9h", "code.fails: 99/9h", "code.mails: 99/9h", "code.mails.own: 99/9h",
	"code.resend: 99/9h", "code.gap: 9h", "code.life: 9h", "flood.starts: 99/9h", "flood.mails: 99/9h", "flood.chat: 99/9h", "flood.inbox: 99", "invite.tries: 99/9h", "invite.fails: 99/9h", "unlock.day: 99/9h", "address.new: 99/9h",
	"link.pin: 99/9h", "link.life: 9h", "trust.wait: 9h", "trust.starts: 99/9h", "enum.hold: 9h", "talk.remind: 9h", "talk.close: 9h", "notme.freeze: 9h", "tg.chat: 99/9h", "tg.all: 99/9h"}

func mustParse(t *testing.T, text string) *settings.Settings {
	t.Helper()
	s, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoadSaysWhichFileItCouldNotRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := settings.Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.Load(big); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("got %v, want it to be too large", err)
	}
	if _, err := settings.Load(dir); err == nil {
		t.Error("a folder was read as settings")
	}
}

func TestAKeyFromTheEnvironmentIsKeptAsASecret(t *testing.T) {
	s := mustParse(t, edit(t, "keys: file:./ventanilla.key", "keys: env:CORE_TOKEN"))
	if s.Keys.File != "" || s.Keys.Text.Reveal() != "core-token-canary" {
		t.Errorf("got %q %q", s.Keys.File, s.Keys.Text.Reveal())
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{whole, "", "a", "- a", "public: &p {listen: x}\nconsole: *p\nbots: [*p]", "bots: [{telegram: {token: 'env:A'}}]",
		"limits: {code.tries: 5/1h}", "? [a]\n: b", "<<: {store: x}", "a: &a [*a]", "allow: {a: b}", "keys: !!binary aGk=", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parse(text)
		if (s == nil) == (err == nil) {
			t.Fatalf("got %v and %v", s, err)
		}
		if s != nil && (s.Public.URL == "" || s.Core.URL == "" || s.Mail.From == "" || len(s.Bots) == 0) {
			t.Errorf("incomplete settings were accepted: %+v", s)
		}
	})
}

// An operator tells everybody at once that something is wrong.
func TestABannerIsReadAndIsNoNovel(t *testing.T) {
	with := func(banner string) string {
		return strings.Replace(whole, "  - portal: mseg\n", "  - portal: mseg\n    banner: "+banner+"\n", 1)
	}
	s, err := parse(with(`"El portal está caído hasta las 14."`))
	if err != nil || s.Bots[0].Banner != "El portal está caído hasta las 14." {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := parse(with("env:EMPTY")); err != nil {
		t.Errorf("an empty banner says nothing: %v", err)
	}
	if _, err := parse(with(`"` + strings.Repeat("largo ", 60) + `"`)); err == nil || !strings.Contains(err.Error(), "bots[0].banner") {
		t.Errorf("a banner of 360 characters: %v", err)
	}
}

func TestTheMailboxOfBouncesIsReadAndItsPasswordNotShown(t *testing.T) {
	env["IMAP"] = "imaps://rebotes%40example.org:hunter2@mail.example.org:993/INBOX"
	s := mustParse(t, edit(t, `from: "Mesa`, `bounces: {url: env:IMAP, address: rebotes@example.org}, from: "Mesa`))
	if b := s.Mail.Bounces; b == nil || b.URL.Reveal() != env["IMAP"] || b.Address != "rebotes@example.org" || b.Every != time.Minute {
		t.Fatalf("got %+v", b)
	}
	if shown := fmt.Sprintf("%+v %#v", s.Mail.Bounces, *s.Mail.Bounces); strings.Contains(shown, "hunter2") {
		t.Errorf("the password is shown in %s", shown)
	}
	if s := mustParse(t, whole); s.Mail.Bounces != nil {
		t.Errorf("without the setting there is %+v", s.Mail.Bounces)
	}
}
