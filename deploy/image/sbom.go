package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// document is the part of CycloneDX 1.5 that is used: https://cyclonedx.org/docs/1.5/json/
type document struct {
	Format       string      `json:"bomFormat"`
	SpecVersion  string      `json:"specVersion"`
	SerialNumber string      `json:"serialNumber"`
	Version      int         `json:"version"`
	Metadata     metadata    `json:"metadata"`
	Components   []component `json:"components"`
}

type metadata struct {
	Timestamp string    `json:"timestamp,omitempty"`
	Component component `json:"component"`
}

type component struct {
	Ref        string     `json:"bom-ref"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	PURL       string     `json:"purl,omitempty"` // https://github.com/package-url/purl-spec
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// describe tells what the toolchain recorded in the binary: the modules that are linked into it, and no others. The version
// of the program itself is not among that where the build trims paths.
func describe(info *debug.BuildInfo, binary []byte, version, epoch string) (*document, error) {
	sum := sha256.Sum256(binary)
	made := &document{Format: "CycloneDX", SpecVersion: "1.5", SerialNumber: serial(sum), Version: 1}
	if epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read SOURCE_DATE_EPOCH: %w", err)
		}
		made.Metadata.Timestamp = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	}
	program := module(&info.Main, "application")
	program.Version, program.PURL = version, "pkg:golang/"+program.Name+"@"+version
	program.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum[:])}}
	made.Metadata.Component = program
	standard := strings.TrimPrefix(info.GoVersion, "go")
	made.Components = append(made.Components, component{Ref: "std", Type: "library", Name: "std", Version: standard, PURL: "pkg:golang/std@" + standard})
	for _, dependency := range info.Deps {
		made.Components = append(made.Components, module(dependency, "library"))
	}
	return made, nil
}

// module describes the module that was really linked: its replacement, if it has one.
func module(m *debug.Module, kind string) component {
	path := m.Path
	if m.Replace != nil {
		m = m.Replace
	}
	c := component{Ref: path, Type: kind, Name: m.Path, Version: m.Version}
	if m.Version != "" && m.Version != "(devel)" {
		c.PURL = "pkg:golang/" + m.Path + "@" + m.Version
	}
	if m.Sum != "" { // go.sum's hash is of a module's files, so it is none of the algorithms that hashes may name
		c.Properties = []property{{"go.sum", m.Sum}}
	}
	return c
}

// serial is a UUID (RFC 9562, version 8) that is the binary's alone.
func serial(sum [sha256.Size]byte) string {
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (d *document) write(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}
