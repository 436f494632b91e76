//go:build race

package intent

// Where races are looked for, one third of the messages is kept from learning: learning is a hundred
// times the work of reading, and alike each time. Of so few, one more may be misread.
const folds, promised = 1, 0.93

// relearns tells whether the kept model is compared with one that is learnt anew, besides its lists' fingerprint.
const relearns = false
