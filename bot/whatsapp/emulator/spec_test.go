package emulator

import (
	"net/url"
	"strings"
	"testing"
)

// Each check of the description is shown able to fail.
func TestWhatTheDescriptionRefuses(t *testing.T) {
	good := url.Values{"To": {"whatsapp:+5491155550101"}, "From": {"whatsapp:+14155238886"}, "Body": {"hola"}, "StatusCallback": {"https://bot.example.org/whatsapp/mseg/status?chat=c&line=l"}}
	with := func(name string, values ...string) url.Values {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		if delete(form, name); values != nil {
			form[name] = values
		}
		return form
	}
	for name, form := range map[string]url.Values{
		"as it is":        good,
		"no number":       with("To", "whatsapp:AR.1234567890"),
		"a template":      with("ContentSid", "HX00000000000000000000000000000001"),
		"a document":      with("MediaUrl", "https://bot.example.org/m/1"),
		"the whole 1600":  with("Body", strings.Repeat("ñ", 1600)),
		"numbers":         with("ValidityPeriod", "10"),
		"true":            with("SmartEncoded", "true"),
		"one of a choice": with("ContentRetention", "retain"),
	} {
		if err := checkForm(form); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, form := range map[string]url.Values{
		"no To":                  with("To"),
		"a To without a channel": with("To", "+5491155550101"),
		"a To that is none":      with("To", "whatsapp:ana"),
		"a From that is none":    with("From", "14155238886"),
		"an empty Body":          with("Body", ""),
		"1601 characters":        with("Body", strings.Repeat("ñ", 1601)),
		"two bodies":             with("Body", "uno", "dos"),
		"nothing to say":         with("Body"),
		"a ContentSid too short": with("ContentSid", "HX1"),
		"a ContentSid not hex":   with("ContentSid", "HXzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
		"an unknown parameter":   with("Colour", "red"),
		"a wrong case":           with("body", "hola"),
		"no number":              with("ValidityPeriod", "soon"),
		"no boolean":             with("SmartEncoded", "perhaps"),
		"none of a choice":       with("ContentRetention", "burn"),
	} {
		if err := checkForm(form); err == nil {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

func TestTheEmulatorsOwnAnswersFollowTheDescription(t *testing.T) {
	w := newBench(t)
	w.say("Ana", "hola")
	_, body := w.call("POST", "/Messages.json", url.Values{"To": {"whatsapp:" + w.net.Address("Ana")}, "From": {"whatsapp:" + from}, "Body": {"hola"}})
	if err := checkAnswer("api.v2010.account.message", body); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{`{"sid":"XX1"}`, `{"status":"eaten"}`, `{"num_media":1}`, `[]`} {
		if err := checkAnswer("api.v2010.account.message", []byte(wrong)); err == nil {
			t.Errorf("%s: nothing is wrong", wrong)
		}
	}
}
