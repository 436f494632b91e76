package bot

import (
	"context"
	"fmt"
	"slices"

	"ventanilla/store"
)

// erase forgets the person who asked for that ([flows.Turn.Forget]), once the last
// line is delivered and nothing waits (RULES: data.retention). What failed is tried
// again with the next visit: the wish stands in the record until then.
func (v *visit) erase(ctx context.Context) error {
	unsent := func(out store.Outbound) bool { return out.Sent == "" }
	if !v.c.Dialog.Memory.Forget || v.Eraser == nil || len(v.c.Inbox) > 0 || v.c.Holder != nil || slices.ContainsFunc(v.c.Outbox, unsent) {
		return nil
	}
	if err := v.Eraser.Erase(ctx, v.key); err != nil {
		return fmt.Errorf("erasing %v: %w", v.key, err)
	}
	v.Log.Info("a person was forgotten", v.who(v.key))
	return v.load(ctx)
}
