//go:build !race

package intent

// Each third of the messages is kept from learning in turn, and this much of them must be read rightly.
const folds, promised = 3, 0.95
