// Package store keeps what must survive a crash.
//
// Everything about one conversation is one record under one key: where the
// dialog stands, the messages not yet answered, the replies not yet delivered.
// Replacing that record is one write, so answering a message (new state, replies
// to send, message done) happens whole or not at all, on any store that can
// compare and swap a single key. Beside the records stand, in the same writes, what finds
// them again, the transcripts and the audit trail; and, by themselves, the counts of each day.
// It never sends and never decides what is said.
package store
