// Command ventanilla answers people who cannot get into their account, on
// Telegram, and lets them back in. Run it with --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"ventanilla/cmd/ventanilla/settings"
)

// Exit codes: a failure while doing something, and a command that was not understood.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// commands are the command line. To add a command, add it here with a Run method.
type commands struct {
	Demo       demoCommand       `cmd:"" help:"The whole world on this machine, with nothing to set up."`
	Serve      serveCommand      `cmd:"" help:"Answer people, as the settings say."`
	Backup     backupCommand     `cmd:"" help:"Copy the store, also while the program runs."`
	Restore    restoreCommand    `cmd:"" help:"Put a backup in the place of the store."`
	Keys       keysCommand       `cmd:"" help:"Change the keys that seal the store."`
	Status     statusCommand     `cmd:"" help:"Ask the running program how it is doing."`
	Agent      agentCommand      `cmd:"" help:"Who works at the console."`
	Audit      auditCommand      `cmd:"" help:"The audit trail."`
	Aside      asideCommand      `cmd:"" help:"Messages that could not be processed."`
	Check      checkCommand      `cmd:"" help:"Judge settings, profiles, flows and texts without starting."`
	Intent     intentCommand     `cmd:"" help:"Show what is understood of a sentence, and why."`
	Graph      graphCommand      `cmd:"" help:"Draw a conversation from its table, as a Mermaid diagram."`
	Core       coreCommand       `cmd:"" help:"A core account system to try things against."`
	CoreTest   coreTestCommand   `cmd:"" name:"core-test" help:"Check a core system against the contract."`
	EventsTest eventsTestCommand `cmd:"" help:"Check the events that a core tells: what Ventanilla takes, or what your core posts."`
	Version    versionCommand    `cmd:"" help:"Say which version this is."`
}

// streams are where a command writes: what was asked for, and what the operator should know.
type streams struct{ out, err io.Writer }

const about = `Ventanilla lets people back into their account through a chat.

New here? Run "ventanilla demo" and open the address it prints.`

// run parses args, runs the command until it is done or a signal arrives, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cli commands
	parser, err := kong.New(&cli, kong.Name("ventanilla"), kong.Description(about), kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.ShortUsageOnError())
	if err != nil {
		return fail(stderr, err, exitFailure)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "ventanilla:", err)
		_, _ = fmt.Fprintln(stderr, `Run "ventanilla --help" to see how it is used.`)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(streams{stdout, stderr}); err != nil {
		return fail(stderr, err, exitFailure)
	}
	return 0
}

// usageError is a mistake in what was asked for, found after parsing.
type usageError struct{ error }

// loopbackOnly refuses an address that others could reach: what listens there is for trying things.
func loopbackOnly(listen, who, example string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || !settings.Loopback(host) {
		return usageError{fmt.Errorf("--listen %s: %s listens on loopback only, such as %s", listen, who, example)}
	}
	return nil
}

// fail says what went wrong, each mistake on a line of its own.
func fail(stderr io.Writer, err error, code int) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		_, _ = fmt.Fprintln(stderr, "ventanilla:", line)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return code
}

type versionCommand struct{}

// Run prints the version that the module was built at.
func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "ventanilla", version())
	return err
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v, at := info.Main.Version, ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			at = " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return v + at + " " + info.GoVersion
}
