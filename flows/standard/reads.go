package standard

import (
	"ventanilla/backend/portal"
	"ventanilla/flows/intent"
)

// Understanding is what the bot understands of sentences at an organisation: the same that its engine reads with.
func Understanding(p portal.Profile) (*intent.Understanding, error) { return understanding(p) }
