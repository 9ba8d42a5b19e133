// Package doctor examines a control-plane node: whether kube-apiserver writes an audit log that can be shipped whole, whether this
// machine can keep it for as long as an outage lasts, and whether the agent's configuration reads it and reaches its outputs.
//
// It changes nothing, but for one hard link that it makes beside the log and removes at once, to know whether the retention guard
// can. No part of an event gets into a result.
package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/outputs"
)

// Level is how bad a result is.
type Level string

// Levels: as it should be; events may be lost some day, or something could not be examined; events are lost, or not shipped.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Failure Level = "failure"
)

// Result is what one check has found. Its texts may repeat what stands in files, so they are to be escaped.
type Result struct {
	Check string `json:"check"` // short and stable
	Level Level  `json:"level"`
	Where string `json:"where,omitempty"` // FILE:LINE, a path, a flag, or a key of the configuration
	What  string `json:"what"`
	Do    string `json:"do,omitempty"` // empty: nothing
}

// Options say what to examine. Paths are those on the host; symbolic links are followed as they are.
type Options struct {
	Root     string // where the host's file system is; another one than / is looked at without its processes, sockets and outputs
	Manifest string // of kube-apiserver's static pod
	Config   string // the agent's; empty: there is none
	Explicit bool   // the configuration was asked for, so it must be there

	Now  func() time.Time
	Free func(path string) (int64, error) // bytes that may still be written
	// Probe and Ask are nil where nobody is to be asked. See agent.Probe; Ask asks the admin socket of a running agent.
	Probe func(context.Context, *config.Config, *config.Output) (outputs.Probe, bool, error)
	Ask   func(ctx context.Context, socket string) ([]status.Pipeline, error)
}

// examination is one run.
type examination struct {
	Options
	results []Result
	server  *server        // nil: not found
	cfg     *config.Config // nil: none, or it is wrong
	log     string         // the audit log on the host; empty: unknown
}

// Examine runs all checks, in an order in which a reader would mend things.
func Examine(ctx context.Context, o Options) []Result {
	e := &examination{Options: o}
	e.findServer()
	if e.server != nil {
		e.checkRunning()
		e.checkStart()
		e.checkPolicy()
		e.checkLogFlags()
		e.checkMount()
	}
	e.checkConfig()
	e.checkInput()
	if e.log != "" {
		e.checkDirectory()
		e.checkLog()
		e.checkRotation()
		e.checkGuard()
	}
	if e.cfg != nil {
		e.checkDisk()
		e.checkSecrets()
		e.checkUnit()
		e.checkOutputs(ctx)
		e.checkAgent(ctx)
	}
	return e.results
}

// Failed tells whether any result is a failure.
func Failed(results []Result) bool {
	for i := range results {
		if results[i].Level == Failure {
			return true
		}
	}
	return false
}

func (e *examination) ok(check, where, what string, args ...any) {
	e.results = append(e.results, Result{Check: check, Level: OK, Where: where, What: e.say(what, args)})
}

func (e *examination) warn(check, where, do, what string, args ...any) {
	e.results = append(e.results, Result{Check: check, Level: Warning, Where: where, What: e.say(what, args), Do: do})
}

func (e *examination) fail(check, where, do, what string, args ...any) {
	e.results = append(e.results, Result{Check: check, Level: Failure, Where: where, What: e.say(what, args), Do: do})
}

// say formats what is said, with paths as they are on the host.
func (e *examination) say(what string, args []any) string {
	text := fmt.Sprintf(what, args...)
	if e.whole() {
		return text
	}
	return strings.ReplaceAll(text, strings.TrimSuffix(e.Root, "/")+"/", "/")
}

// whole tells whether the host is this machine.
func (e *examination) whole() bool { return e.Root == "/" || e.Root == "" }

// at is where a path of the host is. On this machine a relative one is from where the process is.
func (e *examination) at(path string) string {
	if e.whole() {
		return path
	}
	return filepath.Join(e.Root, path)
}
