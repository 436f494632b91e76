// Package telegram is the channel to people on Telegram: one [Channel] is one
// bot, which speaks for one portal.
//
// Messages come in through a webhook or by long polling and are acknowledged to
// Telegram only once they are safe (see [bot.Accept]); replies go out as plain
// text with buttons, so that nothing a person or an organisation is called can
// turn into markup. It never decides what is said, never keeps a message, never
// sleeps to obey a limit, and lets the bot's token out in no error and no log.
//
// The numbers are those of the Bot API (https://core.telegram.org/bots/api) and of
// https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
package telegram

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/flows"
)

// Name is the channel's name in a [flows.Key].
const Name = "telegram"

// DefaultAPI is where the real network answers.
const DefaultAPI = "https://api.telegram.org"

// What the network allows, and so what `limits: default` means (RULES: tg.rate).
const (
	DefaultPerChat = 1  // messages a second to one person
	DefaultOverall = 30 // messages a second of one bot
)

// Config says which bot a [Channel] is and what it may use.
type Config struct {
	Portal    string       // id of the organisation's profile
	Token     secret.Text  // the bot's token
	Secret    secret.Text  // what Telegram must show at the webhook: 1-256 of A-Z a-z 0-9 _ -; "" when polling
	API       string       // the Bot API's base URL; "" is [DefaultAPI]
	PublicURL string       // the program's public base URL; "" when polling
	HTTP      *http.Client // without a Timeout of its own: every call carries its deadline; nil makes one
	Accept    bot.Accept
	Clock     *flows.Clock // nil is the wall clock
	Log       *slog.Logger // nil logs nowhere
	PerChat   float64      // messages a second to one person; 0: no limit
	Overall   float64      // messages a second in all; 0: no limit
	Commands  []Command    // the menu beside the text field; nil: there is none
}

// A Command is an entry of the menu beside the text field, and what tapping it says.
type Command struct {
	Name        string // without slash: 1-32 of a-z 0-9 _
	Description string // shown in the menu
	Text        string // what the person is taken to have written
}

// A Channel is one bot. Its methods may be called at the same time.
type Channel struct {
	portal   string
	keys     *keys
	endpoint string // format of the library: base, token, method
	public   string
	http     *http.Client
	lean     *transport // carries sendMessage; nil: http does
	accept   bot.Accept
	clock    *flows.Clock
	log      *slog.Logger
	commands []Command
	crowd    crowd

	pace   *pacer
	sent   progress
	boards boards
	worn   worn

	courtesies chan struct{} // one is taken by each tap that is not answered yet
	slots      chan struct{} // one is taken by each that is being answered
}

var _ bot.Channel = (*Channel)(nil)

// keys are behind a pointer because fmt prints the unexported fields of a struct
// without asking them, and only the address of what is behind a pointer.
type keys struct {
	token, hook secret.Text
	hookSum     [sha256.Size]byte // of hook
	sendMessage *target           // holds the token
}

var (
	tokenForm   = regexp.MustCompile(`^[A-Za-z0-9:_-]{1,256}$`)
	commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`) // Bot API, BotCommand
	secretForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{0,256}$`)
)

// CheckToken tells what is wrong with a bot's token, without saying it.
func CheckToken(t secret.Text) error {
	switch {
	case t == "":
		return errors.New("is empty: @BotFather gives one")
	case !tokenForm.MatchString(t.Reveal()):
		return errors.New("is not a bot token: letters, digits, one colon")
	}
	return nil
}

// CheckSecret tells what is wrong with a webhook's secret, "" being none (Bot API, setWebhook).
func CheckSecret(s secret.Text) error {
	if !secretForm.MatchString(s.Reveal()) {
		return errors.New("must be 1 to 256 of A-Z a-z 0-9 _ -")
	}
	return nil
}

// New returns the channel of one bot; it connects to nothing. The error names every setting that is wrong.
func New(cfg Config) (*Channel, error) {
	c := &Channel{
		portal: cfg.Portal, keys: &keys{token: cfg.Token, hook: cfg.Secret, hookSum: sha256.Sum256([]byte(cfg.Secret.Reveal()))}, public: strings.TrimRight(cfg.PublicURL, "/"),
		http: cfg.HTTP, accept: cfg.Accept, clock: cfg.Clock, log: cfg.Log, commands: cfg.Commands,
		pace:       newPacer(cfg.PerChat, cfg.Overall),
		courtesies: make(chan struct{}, mostLater), slots: make(chan struct{}, 16), crowd: make(crowd, maxCrowd),
	}
	c.defaults()
	var wrong []error
	if cfg.Portal == "" || cfg.Accept == nil {
		wrong = append(wrong, errors.New("portal and Accept are needed"))
	}
	if err := CheckToken(cfg.Token); err != nil {
		wrong = append(wrong, fmt.Errorf("the token %w", err))
	}
	for _, k := range cfg.Commands {
		if !commandName.MatchString(k.Name) || k.Description == "" || utf8.RuneCountInString(k.Description) > 256 || k.Text == "" {
			wrong = append(wrong, fmt.Errorf("the command %q must have a name of 1-32 of a-z 0-9 _, 1-256 characters about it, and a text", k.Name))
		}
	}
	if err := CheckSecret(cfg.Secret); err != nil {
		wrong = append(wrong, fmt.Errorf("the webhook secret %w", err))
	}
	var err error
	if c.endpoint, err = endpoint(cfg.API); err != nil {
		wrong = append(wrong, err)
	} else if err := c.aim(); err != nil {
		wrong = append(wrong, errAPI)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("telegram bot of portal %q: %w", cfg.Portal, errors.Join(wrong...))
	}
	return c, nil
}

// aim finds out where and how sendMessage is called.
func (c *Channel) aim() error {
	u, err := url.Parse(fmt.Sprintf(c.endpoint, url.PathEscape(c.keys.token.Reveal()), "sendMessage"))
	if err != nil {
		return err
	}
	if c.keys.sendMessage, err = newTarget(u); err != nil {
		return err
	}
	if t, ok := c.http.Transport.(*transport); ok && t.small(formRequest(u, form("x"))) {
		c.lean = t
	}
	return nil
}

func (c *Channel) defaults() {
	if c.http == nil {
		c.http = newClient()
	}
	if c.clock == nil {
		c.clock = &flows.Clock{}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.log = c.log.With("channel", Name, "portal", c.portal)
}

var errAPI = errors.New("api must be an http or https address")

// endpoint turns a base URL into the format that the library fills with token and method.
func endpoint(api string) (string, error) {
	if api == "" {
		api = DefaultAPI
	}
	u, err := url.Parse(api)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", errAPI
	}
	return strings.ReplaceAll(strings.TrimRight(api, "/"), "%", "%%") + "/bot%s/%s", nil
}

// Path is where the bot's webhook lives below the public URL.
func (c *Channel) Path() string { return "/telegram/" + url.PathEscape(c.portal) }
