package payslip

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
	"ventanilla/flows/period"
)

// about is what people write that is no period.
var about = intent.List(map[string][]string{
	"done":    {"gracias", "grasias", "graciaz", "grax", "listo", "nada mas", "eso es todo", "eso nomas", "ya esta", "ya estoy", "chau", "adios", "perfecto", "genial", "joya", "thanks", "that is all"},
	"list":    {"lista", "listado", "cuales hay", "que hay", "cuales son", "cuales tengo", "cuales tenes", "cuales tienes", "que recibos", "ver cuales", "mostrame", "muestrame", "no se", "no me acuerdo", "no recuerdo", "list"},
	"another": {"otro", "otro mes", "otro recibo", "otro mas", "uno mas", "otro periodo", "otra quincena", "another"},
	"other":   {"otra cuenta", "mi otra cuenta", "otro usuario", "otro cargo", "otro trabajo", "otro empleo", "otro legajo", "otro perfil", "con otra", "la otra", "other account"},
	"older":   {"antiguo*", "viejo*", "mas atras", "anteriores", "older"},
	"newer":   {"mas nuevo*", "mas reciente*", "newer"},
	"rest":    {"los que faltan", "los otros", "los demas", "los que siguen", "el resto", "segui", "sigue", "continua*", "the rest"},
	"retry":   {"no me lleg*", "no lleg*", "nunca llego", "no aparec*", "no lo veo", "no lo recib*", "no lo encuentr*", "reenvi*", "de nuevo", "otra vez", "proba*", "prueba", "reintenta*", "try again", "did not arrive"},
	"opens": {"se abre", "abr* clave", "clave abr*", "contrasena abr*", "abr* contrasena", "abro", "no me deja abrir", "q clave", "pide la clave", "pide la contrasena", "no abre", "no se abre", "no lo puedo abrir", "no puedo abrir*", "como se abre", "como lo abro", "como abro", "pide clave", "pide contrasena", "pide una clave", "pide una contrasena", "pide password", "que clave",
		"que contrasena", "cual es la clave", "cual es la contrasena", "con que se abre", "does not open", "what password"},
})

// enough are whole answers that want nothing more.
var enough = []string{"no", "nop", "nope", "ok", "oka", "dale", "ninguno", "ninguna", "nada", "bien", "bueno", "ya", "no nada", "asi esta bien"}

// before are whole answers that mean the one before the one that was just sent.
var before = []string{"el anterior", "anterior", "el mes anterior", "el de antes", "el previo", "la anterior", "la quincena anterior", "el anterior a ese", "uno mas atras", "the one before"}

// take reads an answer to any of the questions: an option, a period, or the errand's own words.
// What was typed as a period is one, also where the engine takes it for one of the last options: "el último", "el penúltimo".
func (p payslips) take(t *flows.Turn, in flows.Input) (string, string) {
	r := p.read(t, in.Text)
	said := about.Find(in.Text)
	if slices.Contains(enough, flows.Plain(in.Text)) {
		said = "done"
	}
	if t.Values["batch"] != "" && slices.Contains(before, strings.TrimPrefix(flows.Plain(in.Text), "y ")) {
		return "before", ""
	}
	if id := p.onScreen(t, in.Text); id != "" && in.Choice == "" {
		return id, ""
	}
	switch {
	case in.Choice != "" && r.Kind != period.Latest && behind(flows.Plain(in.Text), r) == 0:
		return in.Choice, ""
	case ofEach.MatchString(flows.Plain(in.Text)):
		return "read", ""
	case said == "other", said == "done" && r.Kind == period.All: // "eso es todo"
		return said, ""
	case p.elsewhere.Find(in.Text) != "":
		return "away", ""
	case said == "opens" && p.Profile.Payslips.Password != "":
		return said, ""
	case r.Kind != period.None && (r.Kind != period.Ambiguous || said == ""):
		return "read", ""
	case said == "retry" && t.Values["batch"] == "", said == "rest" && t.Values["rest"] == "":
		return "", "ask_again"
	case said == "opens" || said == "":
		return p.takeNamed(t, in)
	}
	return said, ""
}

// takeNamed takes what may name another account: "y el de docente?".
func (p payslips) takeNamed(t *flows.Turn, in flows.Input) (string, string) {
	s := strings.TrimPrefix(strings.TrimPrefix(flows.Plain(in.Text), "y "), "ahora ")
	for _, start := range []string{"el de ", "la de ", "los de ", "las de ", "recibo de ", "como "} {
		if strings.HasPrefix(s, start) && strings.Count(s, " ") < 7 && account.Proven(t) {
			return "named", ""
		}
	}
	return "", "ask_again"
}

// takeThere is take on the question about another place: the same again says nothing new.
func (p payslips) takeThere(t *flows.Turn, in flows.Input) (value, problem string) {
	if value, problem = p.take(t, in); value == "away" && p.elsewhere.Find(in.Text) == t.Values["place"] {
		return "", "not_here"
	}
	return value, problem
}

// answer does what an answer asks for. Who proved themselves too long ago does so
// again, and what they asked for is kept (RULES: link.chat, talk.idle).
func (p payslips) answer(ctx context.Context, t *flows.Turn) (string, error) {
	if t.Answer == "away" {
		t.Values["place"] = p.elsewhere.Find(t.Input.Text)
		return "elsewhere", nil
	}
	if t.Answer == "named" {
		return p.named(ctx, t)
	}
	w, err := p.understood(t)
	if err != nil {
		return "", err
	}
	p.wish(t, w)
	switch {
	case t.Values["account"] == "":
		return "unproven", nil
	case !account.Proven(t):
		return "late", nil
	}
	return p.find(ctx, t)
}

// understood turns an answer into a wish.
func (p payslips) understood(t *flows.Turn) (w wish, err error) {
	var some []named
	switch t.Answer {
	case "read":
		return p.asked(t, t.Input.Text), nil
	case "latest":
		return wish{Reading: period.Reading{Kind: period.Latest}}, nil
	case "last3":
		return wish{Reading: period.Reading{Kind: period.LatestN, N: 3}}, nil
	case "list":
		return wish{List: true}, nil
	case "before":
		get(t, "batch", &some)
		return wish{Before: some[len(some)-1].ID}, nil
	case "older", "newer":
		from, _ := strconv.Atoi(t.Values["from"]) // none: the list begins
		step := map[string]int{"older": page, "newer": -page}[t.Answer]
		return wish{List: true, From: max(from+step, 0)}, nil
	case "rest":
		get(t, "rest", &some)
		return wish{IDs: ids(some)}, nil
	case "retry":
		return wish{Again: p.again(t)}, nil
	case "each":
		return wish{Each: true, Reading: period.Reading{Kind: period.Latest}}, nil
	case "two_here":
		return wish{Reading: period.Reading{Kind: period.LatestN, N: 2}}, nil
	}
	get(t, "shown", &some)
	i, err := strconv.Atoi(strings.TrimPrefix(t.Answer, "slip-"))
	if err != nil || i < 0 || i >= len(some) {
		return wish{}, fmt.Errorf("choosing %q of %d payslips", t.Answer, len(some))
	}
	return wish{IDs: []string{some[i].ID}}, nil
}
