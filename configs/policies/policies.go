// Package policies holds the ready audit policies, for commands that need one without a file.
package policies

import _ "embed"

// Noise is noise.yaml: what control planes say to themselves all day, dropped; all else kept.
//
//go:embed noise.yaml
var Noise []byte
