package app

import (
	"context"

	"ventanilla/bot"
	"ventanilla/bot/console"
	"ventanilla/flows"
)

var _ console.Aids = engines{}

// Chances implements [console.Aids].
func (e engines) Chances(ctx context.Context, k flows.Key, d flows.Dialog) ([]flows.Chance, error) {
	if engine, ok := e[k.Portal]; ok {
		return engine.Chances(ctx, k, d)
	}
	return nil, bot.ErrNoBot
}

// Identifiers implements [console.Aids].
func (e engines) Identifiers(k flows.Key, d flows.Dialog) []flows.Identifier {
	if engine, ok := e[k.Portal]; ok {
		return engine.Identifiers(k, d)
	}
	return nil
}
