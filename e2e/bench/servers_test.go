package bench_test

func endServers() error { return nil }
