package telegram

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ventanilla/bot"
)

// How long to wait where the network does not say.
const (
	soon    = 2 * time.Second // it is ill for a moment
	notSoon = time.Minute     // the bot's own settings are wrong, and somebody must act
)

// gone are the refusals that hold for a person, not for a message, whatever their code.
// Sources: the telegram-bot-api server and the error lists of its clients.
var gone = []string{
	"chat not found", "user not found", "peer_id_invalid", "user_is_bot", "user is deactivated",
	"bot was blocked by the user", "bot was kicked", "can't initiate conversation", "can't send messages to bots",
	"group is deactivated", "group chat was upgraded", "have no rights to send a message",
}

// sendError says what a failed call means for a delivery (RULES: tg.rate).
func sendError(err error) *bot.SendError {
	refusal, ok := errors.AsType[*apiError](err)
	if !ok {
		return &bot.SendError{After: soon, Code: "network", Err: err} // the network cannot be reached, or did not answer in time
	}
	out := &bot.SendError{Err: err, Code: "telegram " + strconv.Itoa(refusal.code)}
	switch {
	case refusal.code == http.StatusTooManyRequests || refusal.after > 0:
		out.After = max(refusal.after, time.Second)
	case refusal.code == http.StatusRequestEntityTooLarge:
		out.Never = true
	case refusal.alien && refusal.code >= 400 && refusal.code < 500:
		out.After, out.Whole = notSoon, true // whoever stands in between knows nothing of the message
	case isGone(refusal):
		out.Never, out.Gone, out.Code = true, true, "telegram 403"
	case refusal.code == http.StatusUnauthorized || refusal.code == http.StatusNotFound:
		out.After, out.Whole = notSoon, true // the token is wrong: no message is to blame
	case refusal.code >= 500 || refusal.code == http.StatusConflict || refusal.code < 400:
		out.After = soon
	default:
		out.Never = true
	}
	return out
}

func isGone(e *apiError) bool {
	if e.code == http.StatusForbidden {
		return true
	}
	text := strings.ToLower(e.text)
	for _, g := range gone {
		if strings.Contains(text, g) {
			return true
		}
	}
	return false
}
