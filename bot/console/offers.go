package console

import (
	"context"
	"slices"

	"ventanilla/flows"
	"ventanilla/store"
)

// offeredBefore is how many lines before the first of a page are looked through for what was tapped there.
const offeredBefore = 40

// labelled puts the words that the person tapped in the place of their ids, and covers the addresses in what was offered. That may
// stand in a line that the page has already, which is read only then.
func (c *Console) labelled(ctx context.Context, k flows.Key, lines []store.Line) error {
	for _, l := range lines {
		for i := range l.Offer {
			l.Offer[i].Label = unaddressed(l.Offer[i].Label)
		}
	}
	first := slices.IndexFunc(lines, func(l store.Line) bool { return l.From == flows.Person && l.Choice != "" })
	if first < 0 {
		return nil
	}
	offers := map[string]string{}
	note := func(l store.Line) {
		for _, o := range l.Offer {
			offers[o.ID] = unaddressed(o.Label)
		}
	}
	if n := lines[0].N; n > 1 && !offered(lines[:first], lines[first].Choice) {
		before, err := c.Store.Transcript(ctx, k, n-min(n, offeredBefore), int(min(n, offeredBefore))-1)
		if err != nil {
			return err
		}
		for _, l := range before {
			note(l)
		}
	}
	for i, l := range lines {
		note(l)
		if label := offers[l.Choice]; l.From == flows.Person && label != "" {
			lines[i].Choice = label
		}
	}
	return nil
}

// offered tells whether one of the lines has an option.
func offered(lines []store.Line, id string) bool {
	return slices.ContainsFunc(lines, func(l store.Line) bool {
		return slices.ContainsFunc(l.Offer, func(o flows.Option) bool { return o.ID == id })
	})
}
