package emulator

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// hook is where a bot wants its updates, and how that goes.
type hook struct {
	url, secret string
	allowed     []string
	lastError   string
	failedAt    time.Time
}

func (n *Network) getMe(c *call) (any, *refusal) {
	return c.bot.wire(), nil
}

// wire is the bot as a User object.
func (b *account) wire() map[string]any {
	return map[string]any{"id": b.id, "is_bot": true, "first_name": b.username, "username": b.username}
}

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func (n *Network) setWebhook(c *call) (any, *refusal) {
	address := c.str("url")
	if address == "" {
		return n.deleteWebhook(c)
	}
	if no := webhookURL(address); no != nil {
		return nil, no
	}
	secret, given := c.args["secret_token"].(string)
	if given && !secretForm.MatchString(secret) {
		return nil, bad("secret token contains unallowed characters")
	}
	h := hook{url: address, secret: secret, allowed: c.bot.hook.allowed}
	if list, ok := c.args["allowed_updates"].([]any); ok {
		h.allowed = names(list)
	}
	c.bot.hook = h
	c.bot.endPoll()
	n.dropPending(c)
	n.touch()
	return true, nil
}

// webhookURL judges where updates are to go. The loopback may be plain HTTP on any
// port, as with the real server's --local mode.
func webhookURL(address string) *refusal {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return bad("bad webhook: invalid webhook URL specified")
	}
	ip := net.ParseIP(u.Hostname())
	if ip != nil && ip.IsLoopback() && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	if u.Scheme != "https" {
		return bad("bad webhook: HTTPS url must be provided for webhook")
	}
	if !slices.Contains([]string{"", "80", "88", "443", "8443"}, u.Port()) {
		return bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	}
	return nil
}

func (n *Network) deleteWebhook(c *call) (any, *refusal) {
	c.bot.hook = hook{allowed: c.bot.hook.allowed}
	n.dropPending(c)
	n.touch()
	return true, nil
}

func (n *Network) dropPending(c *call) {
	if c.flag("drop_pending_updates") {
		c.bot.queue, c.bot.held = nil, nil
	}
}

func (n *Network) getWebhookInfo(c *call) (any, *refusal) {
	h := c.bot.hook
	out := map[string]any{"url": h.url, "has_custom_certificate": false, "pending_update_count": len(c.bot.queue)}
	if h.lastError != "" {
		out["last_error_date"], out["last_error_message"] = h.failedAt.Unix(), h.lastError
	}
	if len(h.allowed) > 0 {
		out["allowed_updates"] = h.allowed
	}
	return out, nil
}

var commandForm = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

func (n *Network) setMyCommands(c *call) (any, *refusal) {
	list, _ := c.args["commands"].([]any)
	if len(list) > 100 {
		return nil, bad("BOT_COMMANDS_TOO_MUCH")
	}
	for _, e := range list {
		k, _ := e.(map[string]any)
		name, _ := k["command"].(string)
		about, _ := k["description"].(string)
		if !commandForm.MatchString(name) {
			return nil, bad("BOT_COMMAND_INVALID")
		}
		if l := utf8.RuneCountInString(about); l < 1 || l > 256 {
			return nil, bad("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	c.bot.commands = list
	n.touch()
	return true, nil
}

// Commands are the entries of a bot's menu, as "/name description".
func (n *Network) Commands(bot string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, err := n.bot(bot)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range b.commands {
		k, _ := e.(map[string]any)
		name, _ := k["command"].(string)
		about, _ := k["description"].(string)
		out = append(out, "/"+name+" "+about)
	}
	return out
}

func (n *Network) getFile(c *call) (any, *refusal) {
	f := n.files[c.str("file_id")]
	if f == nil {
		return nil, bad("invalid file_id")
	}
	return map[string]any{"file_id": f.ID, "file_unique_id": f.ID, "file_size": len(f.Data), "file_path": "documents/" + f.ID}, nil
}

// download answers /file/bot<token>/documents/<id>.
func (n *Network) download(w http.ResponseWriter, r *http.Request) {
	if n.authorize(r.PathValue("bot")) == nil {
		answer(w, nil, refuse(http.StatusUnauthorized, "Unauthorized"))
		return
	}
	const folder = "documents/"
	path := r.PathValue("path")
	if len(path) > len(folder) && path[:len(folder)] == folder {
		if f, ok := n.Document(path[len(folder):]); ok {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(f.Data) // the bot is gone: nobody is left to tell
			return
		}
	}
	answer(w, nil, refuse(http.StatusNotFound, "Not Found"))
}

func names(list []any) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// next makes an id for a file or a tap.
func (n *Network) next(prefix string) string {
	n.serial++
	return prefix + strconv.FormatInt(n.updates, 36) + "_" + strconv.Itoa(n.serial)
}
