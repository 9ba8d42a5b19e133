// Package xsync stands in for the profiler's, see package libpf.
package xsync

import "sync"

// RWMutex holds a value that only its holder reaches.
type RWMutex[T any] struct {
	mutex sync.RWMutex
	value T
}

// NewRWMutex wraps a value.
func NewRWMutex[T any](value T) RWMutex[T] { return RWMutex[T]{value: value} }

// WLock hands out the value.
func (m *RWMutex[T]) WLock() *T {
	m.mutex.Lock()
	return &m.value
}

// WUnlock takes it back.
func (m *RWMutex[T]) WUnlock(value **T) {
	*value = nil
	m.mutex.Unlock()
}
