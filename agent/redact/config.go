package redact

import (
	"fmt"
	"strings"
)

// Config is the configuration's redact block. The zero Config is what is done by default.
type Config struct {
	KeyFile    string   `yaml:"key_file"`   // of the keyed hash; default: a key of its own in the state directory
	Names      []string `yaml:"names"`      // what the name of a credential has in it; default: DefaultNames
	ConfigMaps bool     `yaml:"configmaps"` // also what ConfigMaps hold
	Arguments  string   `yaml:"arguments"`  // of commands: flags (default: what follows a flag or name that matches), all or none
	Rules      []Rule   `yaml:"rules"`      // what else

	Off bool `yaml:"-"` // the block is the word off
}

// Rule names values by where they are.
type Rule struct {
	Path   string `yaml:"path"`   // such as requestObject.spec.**.password
	Action string `yaml:"action"` // hash (default) or remove
}

// The choices of Arguments and Action; empty is the first one.
const (
	ArgumentFlags = "flags"
	ArgumentAll   = "all"
	ArgumentNone  = "none"
	ActionHash    = "hash"
	ActionRemove  = "remove"
)

// DefaultNames are the names of credentials, in any case; "_", "-" and "." count for nothing.
var DefaultNames = []string{
	"PASSWORD", "PASSWD", "PASSPHRASE", "PWD", "SECRET", "TOKEN", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "ENCRYPTION_KEY",
	"CREDENTIAL", "AUTHORIZATION", "SIGNATURE", "CONNECTION_STRING", "DATABASE_URL",
}

// mostRules is how many rules there may be: each costs time at every key of every body.
const mostRules = 64

// SetOff is for the word in place of the block.
func (c *Config) SetOff(word string) bool {
	c.Off = word == "off"
	return c.Off
}

// Validate reports what is wrong, by the path of the key.
func (c *Config) Validate(report func(path, problem string)) {
	oneOf := func(path, value string, known ...string) {
		for _, k := range append(known, "") {
			if value == k {
				return
			}
		}
		report(path, fmt.Sprintf("%q is not known; use %s", value, strings.Join(known, ", ")))
	}
	oneOf("arguments", c.Arguments, ArgumentFlags, ArgumentAll, ArgumentNone)
	for i, name := range c.Names {
		if len(plain(nil, []byte(name))) < 3 {
			report(fmt.Sprintf("names[%d]", i), fmt.Sprintf("%q would match nearly everything; give at least three letters or digits", name))
		}
	}
	if len(c.Rules) > mostRules {
		report("rules", fmt.Sprintf("has %d entries, and can have %d; use * and **", len(c.Rules), mostRules))
	}
	for i, rule := range c.Rules {
		at := fmt.Sprintf("rules[%d]", i)
		oneOf(at+".action", rule.Action, ActionHash, ActionRemove)
		if _, err := parsePath(rule.Path); err != nil {
			report(at+".path", err.Error())
		}
	}
}
