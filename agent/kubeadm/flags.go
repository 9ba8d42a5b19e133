package kubeadm

import (
	"path"
	"strings"
)

// flag is one flag of a command line. It stands in the tokens from `from` up to, and not including, `to`.
type flag struct {
	name, value string
	from, to    int
}

// parseFlags finds the flags of kube-apiserver in a command line, as github.com/spf13/pflag reads them: --x=y, and --x y
// where something that is no flag follows: kube-apiserver takes no other arguments. Only one of a boolean may stand alone, for true. There are none before
// the program.
func parseFlags(tokens []string) (flags []flag) {
	for i := programAt(tokens) + 1; i < len(tokens); i++ {
		name, isFlag := strings.CutPrefix(tokens[i], "--")
		if !isFlag || name == "" {
			continue
		}
		name, value, given := strings.Cut(name, "=")
		f := flag{name: strings.ReplaceAll(name, "_", "-"), value: value, from: i, to: i + 1}
		switch {
		case given:
		case i+1 < len(tokens) && (tokens[i+1] == "-" || !strings.HasPrefix(tokens[i+1], "-")):
			i++
			f.value, f.to = tokens[i], i+1
		default:
			f.value = "true"
		}
		flags = append(flags, f)
	}
	return flags
}

// programAt is the index of kube-apiserver in a command line, perhaps behind a wrapper; -1: the image's entry point starts it.
func programAt(tokens []string) int {
	for i, token := range tokens {
		if path.Base(token) == apiServer && !strings.HasPrefix(token, "-") {
			return i
		}
	}
	return -1
}

// lastOf is the flag that counts where one is given more than once: the last.
func lastOf(flags []flag, name string) (found flag, there bool) {
	for _, f := range flags {
		if f.name == name {
			found, there = f, true
		}
	}
	return found, there
}
