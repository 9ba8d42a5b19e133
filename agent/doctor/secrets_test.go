package doctor

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/config"
)

var secretive = regexp.MustCompile(`(key|token|secret|password|passphrase)$`)

// TestEverySecretIsLookedAt: each key that inputs and outputs have for a secret, by its name, is one that doctor looks at.
func TestEverySecretIsLookedAt(t *testing.T) {
	found := map[string]bool{}
	for _, top := range []any{config.Input{}, config.Output{}} {
		keys(reflect.TypeOf(top), func(key string) {
			name := strings.TrimSuffix(key, "_file")
			if !secretive.MatchString(name) || key == "key" { // of Kafka: what a message's partition follows
				return
			}
			found[name] = true
			if !secretKeys[name] && !secretKeys[key] {
				t.Errorf("nobody looks who can read %s", key)
			}
		})
	}
	if len(found) < 5 {
		t.Errorf("only %v were found", found)
	}
}

// keys are those of texts, of a struct and all below it.
func keys(of reflect.Type, tell func(key string)) {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return
	}
	for i := range of.NumField() {
		key, _, _ := strings.Cut(of.Field(i).Tag.Get("yaml"), ",")
		if key != "" && key != "-" && of.Field(i).Type.Kind() == reflect.String {
			tell(key)
		} else if key != "-" {
			keys(of.Field(i).Type, tell)
		}
	}
}
