package recovery_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest"
)

func TestConversationsOnWhatsApp(t *testing.T) {
	for folder, id := range map[string]string{"testdata/whatsapp": "mseg", "testdata/whatsapp/temporary": "segurometal"} {
		flowtest.RunIn(t, folder, func(t *testing.T) *flowtest.World {
			w, _, _, _ := worldOf(t, id, "whatsapp")
			w.InChat = true // a script for this channel says itself what is typed where
			return w
		})
	}
}

// played is what came of a script.
type played struct {
	text  string
	mails []string
	step  string
	calls []string
}

func playOn(t *testing.T, id, channel, script string, change func(*flowtest.World)) (p played) {
	synctest.Test(t, func(t *testing.T) {
		w, c, _, _ := worldOf(t, id, channel)
		change(w)
		p.text = w.Play(t, script)
		p.mails, p.step, p.calls = w.Mails(), w.Dialog.Flow+"/"+w.Dialog.Step, c.calls
	})
	return p
}

// apart are scripts that come to another end where a page asks for identifiers, and why.
var apart = map[string]string{
	"volver":           "the questions that it goes back and forth between are one page",
	"menu-en-el-medio": "the same",
	"no-tengo":         "it ends within those questions",
	"clave-en-el-chat": "a password between the answers is said in the chat, and so is what stands beside it",
}

// Every written conversation is played on WhatsApp, too: once with the answers typed
// into the page, once typed in the chat all the same. It comes to the same mails, the
// same changes and the same end, and no identifier is ever said in the chat. RULES: wa.policy
func TestTheSameScriptsRunOnWhatsApp(t *testing.T) {
	for folder, id := range map[string]string{"testdata": "mseg", "testdata/temporary": "segurometal"} {
		scripts, _ := filepath.Glob(folder + "/*.chat") // the pattern is valid
		for _, name := range scripts {
			base := strings.TrimSuffix(filepath.Base(name), ".chat")
			t.Run(id+"/"+base, func(t *testing.T) {
				script, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				want := playOn(t, id, "telegram", string(script), func(*flowtest.World) {})
				for _, inChat := range []bool{false, true} {
					got := playOn(t, id, "whatsapp", string(script), func(w *flowtest.World) { w.InChat = inChat })
					if same := slices.Equal(got.mails, want.mails) && got.step == want.step && slices.Equal(got.calls, want.calls); !same && apart[base] == "" {
						t.Errorf("in the chat %v: mails %q, calls %q, at %s;\nwant %q, %q, %s\n%s", inChat, got.mails, got.calls, got.step, want.mails, want.calls, want.step, got.text)
					}
					saysNone(t, got.text)
				}
			})
		}
	}
}

var (
	longNumber = regexp.MustCompile(`\d[\d. /-]{5,}\d`)
	separators = strings.NewReplacer(".", "", " ", "", "/", "", "-", "")
)

// saysNone looks for the numbers that a person typed in what the bot said in the chat.
func saysNone(t *testing.T, text string) {
	t.Helper()
	typed := []string{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  page:") || strings.HasPrefix(line, "  ✉") || strings.HasPrefix(line, "  !!") || strings.Contains(line, "por ejemplo 1234 5678") {
			continue
		}
		if !strings.HasPrefix(line, "  ") {
			for _, n := range longNumber.FindAllString(line, -1) {
				typed = append(typed, separators.Replace(n))
			}
			continue
		}
		for _, n := range typed {
			if strings.Contains(separators.Replace(line), n) {
				t.Errorf("the chat says %q", line)
			}
		}
	}
}
