package config

import (
	"path/filepath"
	"reflect"
	"strings"

	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/outputs/credentials"
)

// validator is a block of an input or output that can judge itself. Paths are those of the keys below it.
type validator interface {
	Validate(report func(path, problem string))
}

// checkKind wants exactly one block that says what the input or output v is, and checks that block.
func (d *document) checkKind(path string, v reflect.Value) {
	known := kinds(v.Type())
	var given []string
	for _, kind := range known {
		if at := join(path, kind); d.lines[at] > 0 || d.broken[at] {
			given = append(given, kind)
		}
	}
	switch len(given) {
	case 0:
		d.report(path, "does not say what it is; give it a block: "+either(known))
	case 1:
		if index := fieldsOf(v.Type())[given[0]]; !v.FieldByIndex(index).IsNil() {
			d.checkBlock(join(path, given[0]), v.FieldByIndex(index))
		}
	default:
		d.report(path, "is several things at once: "+strings.Join(given, ", ")+"; keep one here, and write each other one as an entry of its own")
	}
}

// kinds are the keys of the blocks of which an input or output has one, in the order of the struct.
func kinds(t reflect.Type) []string {
	var keys []string
	for _, field := range reflect.VisibleFields(t) {
		if key := field.Tag.Get("yaml"); key != "-" && field.Type.Kind() == reflect.Pointer && field.Type != reflect.TypeFor[*completeness.Config]() {
			keys = append(keys, key)
		}
	}
	return keys
}

// checkBlock lets a block judge itself and looks after what is the same in all of them.
func (d *document) checkBlock(path string, pointer reflect.Value) {
	if block, ok := pointer.Interface().(validator); ok {
		block.Validate(d.under(path))
	}
	d.checkFiles(path, pointer.Elem())
}

// checkFiles: a KEY_FILE is read again while the agent runs, so it can't depend on a working directory, and it can't stand
// beside KEY.
func (d *document) checkFiles(path string, v reflect.Value) {
	fields := fieldsOf(v.Type())
	for _, field := range reflect.VisibleFields(v.Type()) {
		key, value := field.Tag.Get("yaml"), v.FieldByIndex(field.Index)
		if value.Type() == reflect.TypeFor[*credentials.TLS]() && !value.IsNil() && value.Interface().(*credentials.TLS).InsecureSkipVerify {
			d.warn(join(path, key+".insecure_skip_verify"), "the server is not verified, so whoever is in between can read and change what is sent; give ca_file instead")
		}
		if value.Kind() == reflect.Pointer && !value.IsNil() && value.Elem().Kind() == reflect.Struct {
			d.checkFiles(join(path, key), value.Elem())
		}
		if value.Kind() == reflect.Struct && key != "" && key != "-" {
			d.checkFiles(join(path, key), value)
		}
		direct, isFile := strings.CutSuffix(key, "_file")
		if !isFile || value.Kind() != reflect.String || value.String() == "" {
			continue
		}
		at := join(path, key)
		if !filepath.IsAbs(value.String()) && !d.has(at) {
			d.checkAbsolute(at, value.String())
		}
		if index := fields[direct]; index != nil && v.FieldByIndex(index).String() != "" && !d.has(at) && !d.has(join(path, direct)) {
			d.report(at, "is given beside "+direct+"; keep one of them")
		}
	}
}
