//go:build !race

package intent

// Each third of the messages is kept from learning in turn, and this much of them must be read rightly.
const folds, promised = 3, 0.95

// relearns tells whether the kept model is compared with one that is learnt anew, besides its lists' fingerprint.
const relearns = true
