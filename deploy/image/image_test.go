package main

import (
	"bytes"
	"crypto/x509"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	testVersion = "v0.0.0-test"
	sizeLimit   = 25_000_000 // bytes, compressed
	epoch       = 1700000000
)

// TestImages builds all images twice, as `make image` does, and looks at what came out: digests, size, labels, files.
func TestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the agent for two architectures")
	}
	if _, err := exec.LookPath("buildah"); err != nil || os.Geteuid() != 0 {
		t.Skip("NOT TESTED: building images needs root and buildah")
	}
	first, second := build(t), build(t)
	for _, name := range []string{"linux_amd64", "linux_amd64-nonroot", "linux_arm64", "linux_arm64-nonroot"} {
		t.Run(name, func(t *testing.T) {
			file := fmt.Sprintf("auditship_%s_%s.tar", testVersion, name)
			one, two := readArchive(t, filepath.Join(first, file)), readArchive(t, filepath.Join(second, file))
			if one.digest != two.digest {
				t.Errorf("two builds, two digests: %s and %s", one.digest, two.digest)
			}
			t.Logf("%s, %.1f MB compressed", one.digest, float64(one.size)/1e6)
			if one.size > sizeLimit {
				t.Errorf("%d bytes, want at most %d", one.size, sizeLimit)
			}
			one.check(t, name)
		})
	}
	for _, suffix := range []string{"", "-nonroot"} {
		checkAll(t, first, second, suffix)
	}
}

// checkAll demands that the archive of all architectures holds the very images of the others.
func checkAll(t *testing.T, first, second, suffix string) {
	t.Helper()
	one, images := readIndex(t, filepath.Join(first, "auditship_"+testVersion+suffix+".tar"))
	two, _ := readIndex(t, filepath.Join(second, "auditship_"+testVersion+suffix+".tar"))
	if one != two {
		t.Errorf("two builds, two digests: %s and %s", one, two)
	}
	for _, architecture := range []string{"amd64", "arm64"} {
		alone := readArchive(t, filepath.Join(first, fmt.Sprintf("auditship_%s_linux_%s%s.tar", testVersion, architecture, suffix)))
		if images[architecture] != alone.digest || len(images) != 2 {
			t.Errorf("for %s there is %q, want %q", architecture, images[architecture], alone.digest)
		}
	}
}

func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	command := exec.Command("./build.sh", dir, testVersion, "0123456789")
	command.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch), "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

func (a *archive) check(t *testing.T, name string) {
	t.Helper()
	var architecture, variant string
	fmt.Sscanf(name, "linux_%5s-%s", &architecture, &variant)
	labels := a.config.Config.Labels
	if labels["org.opencontainers.image.version"] != testVersion || labels["org.opencontainers.image.revision"] != "0123456789" ||
		labels["org.opencontainers.image.created"] != time.Unix(epoch, 0).UTC().Format(time.RFC3339) {
		t.Errorf("labels %v", labels)
	}
	binary := a.files["auditship"]
	checkBinary(t, binary.content, architecture)
	if a.config.Architecture != architecture || a.config.Config.Entrypoint[0] != "/auditship" || binary.header.Mode&0o111 != 0o111 {
		t.Errorf("architecture %s, entrypoint %q, mode %o", a.config.Architecture, a.config.Config.Entrypoint, binary.header.Mode)
	}
	wantUser, wantCapability := "", ""
	if variant == "nonroot" {
		wantUser, wantCapability = "65532:65532", string(capability())
	}
	if got := binary.header.PAXRecords["SCHILY.xattr."+capabilityName]; got != wantCapability || a.config.Config.User != wantUser {
		t.Errorf("user %q and file capability %q, want %q and %q", a.config.Config.User, got, wantUser, wantCapability)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(a.files["etc/ssl/certs/ca-certificates.crt"].content) {
		t.Error("no certificates of authorities")
	}
	var made document
	if err := json.Unmarshal(a.files["usr/share/sbom/auditship.cdx.json"].content, &made); err != nil || len(made.Components) < 20 {
		t.Errorf("the SBOM has %d components, error %v", len(made.Components), err)
	}
	for path, f := range a.files {
		if f.header.Uid != 0 || f.header.Gid != 0 || f.header.ModTime.Unix() != epoch || f.header.Mode&0o022 != 0 {
			t.Errorf("%s: owner %d:%d, mode %o, time %v", path, f.header.Uid, f.header.Gid, f.header.Mode, f.header.ModTime)
		}
	}
}

// checkBinary demands a static binary of the architecture.
func checkBinary(t *testing.T, content []byte, architecture string) {
	t.Helper()
	program, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[architecture]
	if libraries, err := program.ImportedLibraries(); program.Machine != want || err != nil || len(libraries) > 0 {
		t.Errorf("a binary for %v that needs %v, want one for %v; error %v", program.Machine, libraries, want, err)
	}
}
