package main

import (
	"runtime"
	"testing"
	"time"
)

func TestEveryCollectionIsHeardOf(t *testing.T) {
	heard := make(chan bool, 16)
	afterEachCollection(func() {
		select {
		case heard <- true:
		default:
		}
	})
	for range 3 {
		runtime.GC()
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("a collection was not heard of")
		}
	}
}
