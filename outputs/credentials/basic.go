package credentials

// ValidateBasic reports what is wrong with a username, password and password_file that stand in one block.
func ValidateBasic(username, password, passwordFile string, report func(path, problem string)) {
	if password != "" && passwordFile != "" {
		report("password_file", "give either password or password_file, not both")
	}
	if username != "" && password == "" && passwordFile == "" {
		report("username", "needs password_file or password beside it")
	}
	if username == "" && (password != "" || passwordFile != "") {
		report("username", "is missing: password and password_file need it")
	}
}
