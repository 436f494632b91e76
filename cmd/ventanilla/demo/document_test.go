package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	telegram "ventanilla/bot/telegram/emulator"
	whatsapp "ventanilla/bot/whatsapp/emulator"
)

const (
	paper     = "%PDF-1.7 recibo"
	paperName = "Recibo de Ñandú.pdf"
)

// sendTelegram is what a bot does to send a document to who wrote to it.
func sendTelegram(t *testing.T) Network {
	net := telegram.New(telegram.Options{NoLimits: true})
	t.Cleanup(net.Close)
	net.AddBot("1:token", username("mseg"))
	api := httptest.NewServer(net.Handler())
	t.Cleanup(api.Close)
	n := onTelegram{net}
	if _, err := n.Say("mseg", "Ana", "mi recibo"); err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("chat_id", fmt.Sprint(net.ChatID("Ana")))
	_ = form.WriteField("protect_content", "true")
	part, err := form.CreateFormFile("document", paperName)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(paper))
	_ = form.Close()
	posted(t, api.URL+"/bot1:token/sendDocument", form.FormDataContentType(), &body, nil)
	return n
}

// sendWhatsApp is the same through Twilio, which fetches the document.
func sendWhatsApp(t *testing.T) Network {
	net := whatsapp.New(whatsapp.Options{NoLimits: true})
	t.Cleanup(net.Close)
	account, from := "AC"+strings.Repeat("0", 32), "+14155550100"
	net.AddSender(whatsapp.Sender{Account: account, Token: "token", From: from})
	api := httptest.NewServer(net.Handler())
	t.Cleanup(api.Close)
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { serveFile(w, paperName, []byte(paper)) }))
	t.Cleanup(files.Close)
	n := onWhatsApp{net, map[string]string{"mseg": from}}
	if _, err := n.Say("mseg", "Ana", "mi recibo"); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"From": {"whatsapp:" + from}, "To": {"whatsapp:" + net.Address("Ana")}, "MediaUrl": {files.URL + "/d/x"}}
	posted(t, api.URL+"/2010-04-01/Accounts/"+account+"/Messages.json", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()),
		url.UserPassword(account, "token"))
	return n
}

func posted(t *testing.T, address, kind string, body io.Reader, who *url.Userinfo) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, address, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.URL.User = who
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode > 299 {
		t.Fatalf("got %v, %v", resp, err)
	}
	_ = resp.Body.Close()
}

// Both phones show a document as a file that can be opened, under its own name.
func TestADocumentInTheChatCanBeOpened(t *testing.T) {
	for channel, send := range map[string]func(*testing.T) Network{"telegram": sendTelegram, "whatsapp": sendWhatsApp} {
		t.Run(channel, func(t *testing.T) {
			w := &World{networks: map[string]Network{channel: send(t)}, bots: []botEntry{{Channel: channel, Portal: "mseg"}}}
			mux := http.NewServeMux()
			mount(mux, (&api{w}).phoneRoutes())
			line := lastLine(t, w.networks[channel])
			if line.Document == nil || line.Document.Name != paperName || line.Document.Bytes != len(paper) || line.Protected != (channel == "telegram") {
				t.Fatalf("the phone shows %+v", line)
			}
			screen := httptest.NewRecorder()
			mux.ServeHTTP(screen, httptest.NewRequest(http.MethodGet, "/demo/"+channel+"/mseg/Ana/screen?after=1", nil))
			address := fmt.Sprintf("/demo/%s/mseg/Ana/document/%d", channel, line.N)
			if !strings.Contains(screen.Body.String(), address) {
				t.Fatalf("its address is not on the screen: %s", screen.Body)
			}
			file := httptest.NewRecorder()
			mux.ServeHTTP(file, httptest.NewRequest(http.MethodGet, address, nil))
			if h := file.Header(); file.Body.String() != paper || h.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(h.Get("Content-Disposition"), "inline") {
				t.Errorf("got %v %q", file.Header(), file.Body)
			}
		})
	}
}

// lastLine waits for the bot's line.
func lastLine(t *testing.T, n Network) Line {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := n.Wait(ctx, "mseg", "Ana", n.Phone("mseg", "Ana").Lines[0].N); err != nil {
		t.Fatal(err)
	}
	lines := n.Phone("mseg", "Ana").Lines
	return lines[len(lines)-1]
}
