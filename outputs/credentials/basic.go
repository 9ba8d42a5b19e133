package credentials

import "fmt"

// Basic is a username and its password, as they stand in a block: to be given whole, or not at all.
type Basic struct{ Username, Password, PasswordFile string }

// Validate reports what is wrong with it.
func (b Basic) Validate(report func(path, problem string)) {
	if b.Password != "" && b.PasswordFile != "" {
		report("password_file", "give either password or password_file, not both")
	}
	if b.Username != "" && b.Password == "" && b.PasswordFile == "" {
		report("username", "needs password_file or password beside it")
	}
	if b.Username == "" && (b.Password != "" || b.PasswordFile != "") {
		report("username", "is missing: password and password_file need it")
	}
}

// Token is a secret that may stand in a block in place of a Basic.
type Token struct {
	Key, Noun   string // its key in the block; KEY_file names its file. What messages call it, with its article
	Value, File string
}

// Validate reports what is wrong with it and with the Basic beside it.
func (t Token) Validate(beside Basic, report func(path, problem string)) {
	if beside != (Basic{}) && (t.Value != "" || t.File != "") {
		report(t.Key, fmt.Sprintf("give either %s or username and password, not both", t.Noun))
	}
	if t.Value != "" && t.File != "" {
		report(t.Key+"_file", fmt.Sprintf("give either %s or %[1]s_file, not both", t.Key))
	}
	beside.Validate(report)
}
