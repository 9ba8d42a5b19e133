package redact

import (
	"net/url"
	"testing"
)

// TestScript shows what is hidden in command lines.
func TestScript(t *testing.T) {
	for script, want := range map[string]string{
		"": "", "=": "=", ":": ":", "@": "@", " ": " ", "--password": "--password", "--password=": "--password=", "PASSWORD": "PASSWORD",
		"--password=x y": "--password=<x y>", "--set=db.password=x&y": "--set=db.password=<x&y>", "sh --password=x y": "sh --password=<x> y", "--password='x y'": "--password='<x y>'", `--password='x'"y"`: `--password=<'x'"y">`,
		"DB_PASSWORD=a)b;c|d&e\"f": "DB_PASSWORD=<a)b;c|d&e\"f>", "--url=://u:x y@h": "--url=://u:x y@h", "--password x y": "--password <x> y", "--password  x": "--password  <x>", "--password --verbose": "--password --verbose", "--password -hunter2 y": "--password <-hunter2> y", "--password -": "--password -", "--password -v": "--password -v", "--password -log.level=5": "--password -log.level=5", "--password '-a b' c": "--password '<-a b>' c",
		"-p x": "-p x", "PGPASSWORD=x psql -U a": "PGPASSWORD=<x psql -U a>", "env PGPASSWORD=x psql": "env PGPASSWORD=<x> psql", "export A_TOKEN='a b';id": "export A_TOKEN='<a b>';id", `A_TOKEN="a`: `A_TOKEN=<"a>`, `x A_TOKEN="a`: `x A_TOKEN="<a>`,
		`{"token": "x", "a": "b"}`: `{"token": "<x>", "a": "b"}`, "token: x": "token: <x>", "password: a b\nc: d": "password: <a b>\nc: d",
		`curl -H "Authorization: Bearer x" y`: `curl -H "Authorization: <Bearer x>" y`, "https://a/?token=x&b=c": "https://a/?token=<x>&b=c",
		"psql postgres://user:x@host/db": "psql postgres://user:<x>@host/db", "://u:x@h ://u:y@h": "://u:<x>@h ://u:<y>@h", "https://user@host": "https://user@host", "a:b@c": "a:b@c", "git@host:a": "git@host:a",
		"://u:x@y@h": "://u:<x@y>@h", "://u:x@h/p@q": "://u:<x>@h/p@q", "a://b/u:x@h": "a://b/u:x@h", "a://u:x/y@h/z": "a://u:<x/y>@h/z", "a://h:80/y@h": "a://h:80/y@h", "a://h:80/b:c@d": "a://h:80/b:c@d", "a://u:x/y z@h": "a://u:x/y z@h", "a://u:1x//y@h": "a://u:<1x//y>@h", "x@y ://u:a@h": "x@y ://u:<a>@h", "/u:x@h": "/u:x@h",
		`curl -d "{\"password\":\"x\"}" y`: `curl -d "{\"password\":\"<x>\"}" y`, `{\"password\": \"a\\\"b\", \"c\":1}`: `{\"password\": \"<a\\\"b>\", \"c\":1}`, `{"password" : "x"}`: `{"password" : "<x>"}`,
		`{"password":"a\"b","c":1}`: `{"password":"<a\"b>","c":1}`, `{"password":"a\\","c":1}`: `{"password":"<a\\>","c":1}`, `\"Authorization: x\" y`: `\"Authorization: <x>\" y`,
		`id PASSWORD=a"x y" z`: `id PASSWORD=<a"x y"> z`, `id PASSWORD="a\"x y" z`: `id PASSWORD="<a\"x y>" z`, `id PASSWORD="a"x z`: `id PASSWORD=<"a"x> z`, `id PASSWORD=a\ b\"c d`: `id PASSWORD=<a\ b\"c> d`,
		`sh "PASSWORD=x" "y"`: `sh "PASSWORD=<x>" "y"`, `curl 'a?token=x' -H 'b'`: `curl 'a?token=<x>' -H 'b'`, `sh 'PASSWORD="a b" c'`: `sh 'PASSWORD="<a b>" c'`, `id PASSWORD=a"x y`: `id PASSWORD=<a>"x y`, `id PASSWORD=\`: `id PASSWORD=<\>`,
		"--token-file=/x": "--token-file=/x", "--secret-name x": "--secret-name x", "date +%H:%M": "date +%H:%M", "a=b": "a=b",
	} {
		got, _ := run(t, Config{}, `"requestObject":{"command":[`+quote(script)+`]}`)
		if want := `"requestObject":{"command":[` + quote(expand(want)) + `]}`; got != want {
			t.Errorf("of %q\ngot  %s\nwant %s", script, got, want)
		}
	}
}

// TestDashes: an argument behind a flag that wants a credential is hidden unless it is a flag itself.
func TestDashes(t *testing.T) {
	for argument, hidden := range map[string]bool{"hunter2": true, "-hunter2": true, "-A": false, "-": false, "": false, "--": false, "--hunter2": false, "-words": false, "-log_dir=/X1": false, "-Xmx": true, "-p@ss": true} {
		want := argument
		if hidden {
			want = "<" + argument + ">"
		}
		got, _ := run(t, Config{}, `"requestObject":{"args":["--password",`+quote(argument)+`]}`)
		if want := `"requestObject":{"args":["--password",` + quote(expand(want)) + `]}`; got != want {
			t.Errorf("body: got %s, want %s", got, want)
		}
		const path = `"requestURI":"/api/v1/nodes/n/proxy/run/a/b/c?cmd=--password\u0026cmd=`
		got, _ = run(t, Config{}, path+url.QueryEscape(argument)+`"`)
		if !hidden {
			want = url.QueryEscape(argument)
		}
		if want := path + expand(want) + `"`; got != want {
			t.Errorf("query: got %s, want %s", got, want)
		}
	}
}
