//go:build race

package intent

// folds is one where races are looked for: learning is a hundred times the work of reading, and alike in each.
const folds = 1
