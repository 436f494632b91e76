package whatsapp

import "net/url"

// Signed lets tests check signatures over other addresses than the channel's own.
func (c *Channel) Signed(address string, form url.Values, shown ...string) bool {
	return c.signed(address, form, shown)
}

// SplitText lets tests look at how a text is cut.
func SplitText(text, links string, lists []string) []string { return split(text, links, lists) }
