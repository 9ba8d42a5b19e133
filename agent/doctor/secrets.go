package doctor

import (
	"os"
	"reflect"
	"strings"
)

// secret is a value or a file in the configuration that proves who the agent is.
type secret struct {
	key  string // in the configuration, such as outputs[search].password
	file string // empty: it stands in the configuration
}

// checkSecrets looks who else can read what the agent logs in with.
func (e *examination) checkSecrets() {
	before := len(e.results)
	inline := false
	for _, s := range e.secrets() {
		if s.file == "" {
			inline = true
			continue
		}
		e.checkSecretFile(s)
	}
	if info, err := os.Stat(e.at(e.Config)); err == nil {
		switch mode := info.Mode().Perm(); {
		case mode&0o022 != 0:
			e.fail("secrets", e.Config, "chmod 640 "+e.Config, "mode %04o: others can change what the agent, which is root, reads and where it sends that", mode)
		case inline && mode&0o004 != 0:
			e.fail("secrets", e.Config, "chmod 640 "+e.Config+", or put secrets into files of their own (password_file)", "mode %04o: everybody can read the secrets in it", mode)
		}
	}
	if len(e.results) == before {
		e.ok("secrets", e.Config, "nobody else can read what the agent logs in with")
	}
}

func (e *examination) checkSecretFile(s secret) {
	info, err := os.Stat(e.at(s.file))
	if err != nil {
		do := "make the file, readable for the agent's user alone"
		if strings.HasPrefix(s.file, "/run/credentials/") {
			do = "it is there while the service runs: see LoadCredential in `systemctl cat auditship`"
		}
		e.warn("secrets", s.key, do, "%v", err)
		return
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 {
		e.fail("secrets", s.key, "chmod 600 "+s.file, "%s has mode %04o: everybody can read it", s.file, mode)
	}
}

// secretKeys are the keys of values; with _file behind them they name a file. A certificate's key is always a file.
var secretKeys = map[string]bool{"password": true, "api_key": true, "bearer_token": true, "token": true, "shared_key": true, "key_file": true}

// secrets finds them in all inputs and outputs by the keys of their structs: a new output has them under the same names.
func (e *examination) secrets() (all []secret) {
	for i := range e.cfg.Inputs {
		all = append(all, secretsOf("inputs["+e.cfg.Inputs[i].Name+"]", reflect.ValueOf(e.cfg.Inputs[i]))...)
	}
	for i := range e.cfg.Outputs {
		all = append(all, secretsOf("outputs["+e.cfg.Outputs[i].Name+"]", reflect.ValueOf(e.cfg.Outputs[i]))...)
	}
	return append(all, secretsOf("redact", reflect.ValueOf(e.cfg.Redact))...)
}

func secretsOf(at string, v reflect.Value) (all []secret) {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		field := v.Field(i)
		if key == "" || key == "-" {
			continue
		}
		value, file := secretKeys[key], secretKeys[strings.TrimSuffix(key, "_file")] || key == "key_file"
		switch {
		case field.Kind() != reflect.String:
			all = append(all, secretsOf(at+"."+key, field)...)
		case field.String() == "":
		case strings.HasSuffix(key, "_file") && file:
			all = append(all, secret{at + "." + key, field.String()})
		case value:
			all = append(all, secret{key: at + "." + key})
		}
	}
	return all
}
