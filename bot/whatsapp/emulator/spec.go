package emulator

import (
	_ "embed" // Twilio's description of its API
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Twilio's description of the Messages resource (github.com/twilio/twilio-oai, MIT,
// see spec/LICENSE), made strict: no unknown parameter, the lengths and patterns that
// its prose names.
//
//go:embed spec/twilio_messages.overlay.json
var description []byte

// noNumber lets people be written to who show no number: the description is older than they are.
const noNumber = `^whatsapp:(\+[1-9][0-9]{7,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})$`

const messagesPath = "/2010-04-01/Accounts/{AccountSid}/Messages.json"

var loadSpec = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		return nil, fmt.Errorf("reading Twilio's description: %w", err)
	}
	form, err := formSchema(doc)
	if err != nil {
		return nil, err
	}
	form.Properties["To"].Value.Pattern = noNumber
	return doc, nil
})

func formSchema(doc *openapi3.T) (*openapi3.Schema, error) {
	path := doc.Paths.Find(messagesPath)
	if path == nil || path.Post == nil {
		return nil, errors.New("the description knows no message to be sent")
	}
	media := path.Post.RequestBody.Value.Content.Get("application/x-www-form-urlencoded")
	if media == nil || media.Schema == nil || media.Schema.Value.Properties["To"] == nil {
		return nil, errors.New("the description knows no form of a message")
	}
	return media.Schema.Value, nil
}

// checkForm judges the form of a message to be sent by the description.
func checkForm(form url.Values) error {
	doc, err := loadSpec()
	if err != nil {
		return err
	}
	schema, err := formSchema(doc)
	if err != nil {
		return err
	}
	object := map[string]any{}
	for name, values := range form {
		p := schema.Properties[name]
		if p == nil {
			return fmt.Errorf("parameter %q is unknown", name)
		}
		v, err := typed(p.Value, values)
		if err != nil {
			return fmt.Errorf("parameter %q %w", name, err)
		}
		object[name] = v
	}
	return schema.VisitJSON(object)
}

// typed reads a form's values as the type that the description wants.
func typed(s *openapi3.Schema, values []string) (any, error) {
	if s.Type.Is("array") {
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		return list, nil
	}
	if len(values) != 1 {
		return nil, errors.New("is repeated")
	}
	switch v := values[0]; {
	case s.Type.Is("integer"), s.Type.Is("number"):
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return nil, errors.New("must be a number")
		}
		return n, nil
	case s.Type.Is("boolean"):
		b, err := strconv.ParseBool(strings.ToLower(v))
		if err != nil {
			return nil, errors.New("must be true or false")
		}
		return b, nil
	default:
		return v, nil
	}
}

// checkAnswer judges one of our own answers by the description.
func checkAnswer(schema string, body []byte) error {
	doc, err := loadSpec()
	if err != nil {
		return err
	}
	ref := doc.Components.Schemas[schema]
	if ref == nil {
		return fmt.Errorf("the description knows no %s", schema)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("reading an answer: %w", err)
	}
	return ref.Value.VisitJSON(v)
}
