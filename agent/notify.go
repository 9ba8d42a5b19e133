package agent

import (
	"errors"
	"net"
	"os"
)

// notify tells the service manager how far the agent is, where it asks for that (sd_notify(3)): READY=1, STOPPING=1. A manager
// that does not hear it will end us in its own time, so a failure is told and nothing more.
func (a *agent) notify(state string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err == nil {
		_, err = c.Write([]byte(state))
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		a.log.Warn("tell the service manager", "state", state, "error", err)
	}
}
