package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by the release build: -ldflags "-X github.com/auditship/auditship/agent/cli.version=v1.2.3 -X ….commit=…". A build
// without them says what the toolchain recorded.
var (
	version string
	commit  string
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and Go version",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprintln(command.OutOrStdout(), versionLine(version, commit, info))
			return err
		},
	}
}

// versionLine fills in from the build's record what the release did not set. info may be nil.
func versionLine(version, commit string, info *debug.BuildInfo) string {
	recorded := map[string]string{}
	if info != nil {
		for _, setting := range info.Settings {
			recorded[setting.Key] = setting.Value
		}
		if version == "" {
			version = info.Main.Version
		}
	}
	if commit == "" && recorded["vcs.revision"] != "" {
		commit = recorded["vcs.revision"]
		if recorded["vcs.modified"] == "true" {
			commit += " (modified)"
		}
	}
	return fmt.Sprintf("auditship %s, commit %s, %s %s/%s", cmp.Or(version, "(devel)"), cmp.Or(commit, "unknown"), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
