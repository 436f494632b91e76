package intent

import "slices"

// What people ask for. The services and the universal words are called as the
// profiles and the engine (flows.Universal) call them.
const (
	Recover   = "recover"   // the password is forgotten, or signing in does not work
	Unlock    = "unlock"    // the account is locked
	Register  = "register"  // there is no account yet
	Change    = "change"    // another password, knowing the current one
	Payslip   = "payslip"   // a payslip
	Contact   = "contact"   // name, address, phone or e-mail must be changed
	Link      = "link"      // notices in this chat
	Unlink    = "unlink"    // no more of them
	MyData    = "my_data"   // what is kept about me
	Erase     = "erase"     // forget me
	NotMe     = "not_me"    // somebody else did this
	Code      = "code"      // about a code, a link or a mail that did not come or does not count any more
	Yes       = "yes"       // yes
	No        = "no"        // no
	Hello     = "hello"     // a greeting
	Thanks    = "thanks"    // thanks, or that it worked
	Complaint = "complaint" // anger without an errand
	WhatIs    = "what_is"   // "¿qué es el legajo?", "¿dónde lo encuentro?"
	Why       = "why"       // "¿para qué quieren mi DNI?"
	Elsewhere = "elsewhere" // what the bot is not for
)

// acting are the intents that begin an errand: nothing else may be taken for one of them.
var acting = []string{Recover, Unlock, Register, Change, Payslip, Contact, Link, Unlink, MyData, Erase, NotMe}

// Acts tells whether an intent begins an errand.
func Acts(intent string) bool { return slices.Contains(acting, intent) }

// known are the intents that the bot knows besides the universal words.
var known = append(slices.Clone(acting), Code, Yes, No, Hello, Thanks, Complaint, WhatIs, Why, Elsewhere)

// Known tells whether there is an intent of that name.
func Known(intent string) bool {
	return slices.Contains(known, intent) || slices.Contains(universal, intent)
}

// universal are the words that work everywhere, as flows.Universal has them; a test holds them together.
var universal = []string{"menu", "cancelar", "volver", "repetir", "ayuda", "corregir", "estado", "persona", "terminar", "oficial", "seguir"}

// Labels are what people who collect sentences call the intents
// (testdata/authored.jsonl).
var Labels = map[string]string{
	Recover: "reset_password", Code: "reset_password", Unlock: "unlock", Register: "register", Change: "change_password", Payslip: "payslip",
	Contact: "update_data", Link: "update_data", Unlink: "update_data", MyData: "update_data", Erase: "update_data", NotMe: "complaint",
	Yes: "yes", No: "no", Hello: "greeting", Thanks: "thanks", Complaint: "complaint", WhatIs: "help", Why: "help", Elsewhere: "out_of_scope",
	"menu": "back", "cancelar": "cancel", "volver": "back", "repetir": "help", "ayuda": "help", "corregir": "back", "estado": "status",
	"persona": "agent", "terminar": "cancel", "oficial": "help", "seguir": "yes",
}
