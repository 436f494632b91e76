package bot

import "context"

// Nowhere is the channel of replies that go to nobody ([flows.Later]): each is taken once its time has
// come, of which its dialog hears.
type Nowhere struct{}

var _ Channel = Nowhere{}

// Send implements [Channel].
func (Nowhere) Send(context.Context, Delivery) (receipt string, err error) { return "", nil }
