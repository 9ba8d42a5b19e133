package rules

import "math/bits"

// blockRules is how many rules are judged at once; a longer list is several blocks, one after the other.
const blockRules = 256

// set is a set of rules of one block.
type set [blockRules / 64]uint64

func (s *set) add(rule int) { s[rule/64] |= 1 << (rule % 64) }

func (s *set) has(rule int) bool { return s[rule/64]&(1<<(rule%64)) != 0 }

func (s *set) or(other *set) {
	for i := range s {
		s[i] |= other[i]
	}
}

// and keeps what is in both and tells whether that is anything.
func (s *set) and(other *set) bool {
	var left uint64
	for i := range s {
		s[i] &= other[i]
		left |= s[i]
	}
	return left != 0
}

// within tells whether all of the set is in other.
func (s *set) within(other *set) bool {
	var left uint64
	for i := range s {
		left |= s[i] &^ other[i]
	}
	return left == 0
}

// takeFirst removes the first rule of the set, -1 if there is none.
func (s *set) takeFirst() int {
	for i := range s {
		if s[i] != 0 {
			first := bits.TrailingZeros64(s[i])
			s[i] &= s[i] - 1
			return i*64 + first
		}
	}
	return -1
}
