//go:build !race

package intent

// folds is how many thirds of the messages are each kept from learning in turn.
const folds = 3
