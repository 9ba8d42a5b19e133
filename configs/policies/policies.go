// Package policies holds the ready audit policies, for commands that need one without a file.
package policies

import _ "embed"

// Noise is noise.yaml: what control planes say to themselves all day, dropped; all else kept.
//
//go:embed noise.yaml
var Noise []byte

// Minimal, Recommended and Strict are audit policies for kube-apiserver: docs/audit-policy.md compares them.
var (
	//go:embed minimal.yaml
	Minimal []byte
	//go:embed recommended.yaml
	Recommended []byte
	//go:embed strict.yaml
	Strict []byte
)
