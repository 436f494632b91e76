package app

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// own puts a profile with sentences of its own into a folder.
func own(t *testing.T, texts string) (folder string) {
	t.Helper()
	profile, err := os.ReadFile("../../../backend/portal/profiles/mseg.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "mseg.yaml"), append(profile, []byte("\n"+texts)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestAProfileReplacesSentencesOfTheOneTimePages(t *testing.T) {
	a := idle(t, Options{}, "portals: "+own(t, "texts:\n  page:\n    bad_title: \"Esta dirección de {portal} está cortada\"\n  menu:\n    menu: \"Hola, soy Mesi\"\n"))
	if err := Check(a.settings); err != nil {
		t.Errorf("check: %v", err)
	}
	rec := httptest.NewRecorder()
	a.publicHandler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/f/cortada", nil))
	if !strings.Contains(rec.Body.String(), "Esta dirección de Mi Portal MSEG está cortada") {
		t.Errorf("got %d\n%s", rec.Code, rec.Body)
	}
}

func TestASentenceOfThePagesThatDoesNotExistIsAMistake(t *testing.T) {
	a := idle(t, Options{})
	a.settings.Portals = own(t, "texts:\n  page:\n    no_such_title: \"x\"\n")
	if err := Check(a.settings); err == nil || !strings.Contains(err.Error(), `"no_such_title" of flow "page"`) {
		t.Errorf("got %v, want to hear of the sentence", err)
	}
}
