package telegram

import (
	"testing"
	"time"

	"ventanilla/bot"
)

// Nobody can tell beforehand which deliveries share a hash: no two channels give the same one to the same delivery.
func TestTheHashOfADeliveryIsKeyedAtRandom(t *testing.T) {
	d := &bot.Delivery{To: "7", ID: "turn/1"}
	hashes := map[uint64]bool{}
	for range 3 {
		var p progress
		p.save(d, sentSoFar{next: 1, receipt: "8", at: time.Unix(1, 0)})
		hashes[p.hash(d)] = true
		if got := p.load(d, time.Unix(2, 0)); got.next != 1 || got.receipt != "8" {
			t.Errorf("got %+v", got)
		}
	}
	if len(hashes) != 3 {
		t.Errorf("got the hashes %v of three channels, want three", hashes)
	}
}
