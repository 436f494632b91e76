package town

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest"
)

// Run plays the scripts of a folder at an organisation: on Telegram what the bot says
// must be what is written (see [flowtest.Run]); on WhatsApp, with the identifiers typed
// into the page and once more in the chat, they must come to the same mails and the same
// end. Apart names those that do not, by file name without ending, and says why.
func Run(t *testing.T, folder, portalID string, apart map[string]string) {
	t.Helper()
	flowtest.RunIn(t, folder, func(t *testing.T) *flowtest.World { return New(t, portalID, "telegram").World })
	scripts, _ := filepath.Glob(filepath.Join(folder, "*.chat")) // the pattern is valid
	for _, path := range scripts {
		name := strings.TrimSuffix(filepath.Base(path), ".chat")
		if apart[name] != "" {
			continue
		}
		t.Run("whatsapp/"+name, func(t *testing.T) {
			script, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			mails, end, _ := play(t, portalID, "telegram", false, string(script))
			for _, inChat := range []bool{false, true} {
				m, e, said := play(t, portalID, "whatsapp", inChat, string(script))
				if !slices.Equal(m, mails) || e != end {
					t.Errorf("in the chat %v: mails %q, at %s; want %q, %s\n%s", inChat, m, e, mails, end, said)
				}
			}
		})
	}
}

func play(t *testing.T, portalID, channel string, inChat bool, script string) (mails []string, end, said string) {
	synctest.Test(t, func(t *testing.T) {
		w := New(t, portalID, channel)
		w.InChat = inChat
		said = w.Play(t, script)
		mails, end = w.Mails(), w.Dialog.Flow+"/"+w.Dialog.Step
	})
	return mails, end, said
}
