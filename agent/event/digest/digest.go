// Package digest computes the SHA-256 (FIPS 180-4) of many messages, two at a time where the processor has instructions for
// it. They wait for each other's results most of the time: with two independent messages in their hands they get 1.6 times as
// far as with one, which is all that crypto/sha256 can give them.
package digest

import (
	"crypto/sha256"
	"encoding/binary"
)

// Each computes the digests of n messages and hands each of them out, in any order.
func Each(n int, message func(i int) []byte, result func(i int, sum [sha256.Size]byte)) {
	if !hasInstructions {
		for i := range n {
			result(i, sha256.Sum256(message(i)))
		}
		return
	}
	var lanes [2]lane
	begun := 0
	for {
		for l := range lanes {
			if lanes[l].left() == 0 && begun < n {
				lanes[l].begin(begun, message(begun))
				begun++
			}
		}
		if !step(&lanes[0], &lanes[1]) {
			return
		}
		for l := range lanes {
			if lanes[l].ended() {
				result(lanes[l].index, lanes[l].state.sum())
			}
		}
	}
}

// blockSize is what SHA-256 reads at a time.
const blockSize = sha256.BlockSize

// state is the digest so far: the words f, e, b, a, h, g, d, c of FIPS 180-4, in the order that the instructions want.
type state [8]uint32

var initial = state{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667, 0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372}

// lane is where one message after the other is read.
type lane struct {
	state   state
	index   int
	message []byte              // its whole blocks
	tail    [2 * blockSize]byte // what follows them
	padded  int                 // bytes of both
	read    int                 // of these
}

// begin goes over to the next message. Its last bytes get the padding of FIPS 180-4, 5.1.1.
func (l *lane) begin(index int, message []byte) {
	whole := len(message) &^ (blockSize - 1)
	l.state, l.index, l.message, l.read = initial, index, message[:whole], 0
	rest := copy(l.tail[:], message[whole:])
	clear(l.tail[rest:])
	l.tail[rest] = 0x80
	size := blockSize
	if rest+1+8 > size {
		size *= 2
	}
	binary.BigEndian.PutUint64(l.tail[size-8:], uint64(len(message))*8)
	l.padded = whole + size
}

// left is how many blocks lie in a row from the next one on; 0: none.
func (l *lane) left() int {
	if l.read < len(l.message) {
		return (len(l.message) - l.read) / blockSize
	}
	return (l.padded - l.read) / blockSize
}

// next is the next block.
func (l *lane) next() *byte {
	if l.read < len(l.message) {
		return &l.message[l.read]
	}
	return &l.tail[l.read-len(l.message)]
}

// ended tells, once, that the message has been read.
func (l *lane) ended() bool {
	ended := l.padded > 0 && l.read == l.padded
	if ended {
		l.message, l.padded, l.read = nil, 0, 0
	}
	return ended
}

// step reads on in both lanes, as far as both go, or in the only one that has anything left; false: neither has.
func step(a, b *lane) bool {
	if a.left() == 0 {
		a, b = b, a
	}
	n, other := a.left(), b.left()
	switch {
	case n == 0:
		return false
	case other == 0:
		spare := initial
		blocks(&a.state, &spare, a.next(), a.next(), n)
		a.read += n * blockSize
		return true
	}
	n = min(n, other)
	blocks(&a.state, &b.state, a.next(), b.next(), n)
	a.read += n * blockSize
	b.read += n * blockSize
	return true
}

func (s *state) sum() (sum [sha256.Size]byte) {
	for i, word := range [...]int{3, 2, 7, 6, 1, 0, 5, 4} {
		binary.BigEndian.PutUint32(sum[4*i:], s[word])
	}
	return sum
}
