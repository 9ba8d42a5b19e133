package kubeadm

// Flag is one flag of kube-apiserver, or of another program, where it stands.
type Flag struct {
	Name, Value string
	Line        int // of the manifest; 0: of a process
}

// Flags are the flags in the manifest. Of several of one name the last one counts.
func (m *Manifest) Flags() (all []Flag) {
	for _, f := range m.flags() {
		all = append(all, Flag{f.name, f.value, m.nodes[f.from].Line})
	}
	return all
}

// FlagsOf are the flags of a command line of kube-apiserver.
func FlagsOf(args []string) (all []Flag) {
	for _, f := range parseFlags(args) {
		all = append(all, Flag{Name: f.name, Value: f.value})
	}
	return all
}

// Image is what the container of kube-apiserver is made from.
func (m *Manifest) Image() string { return m.server().Image }

// Seen is where a path of the API server's container is on the node.
type Seen struct {
	Mounted  bool   // else it is in the container's own file system
	Exact    bool   // the mount is of this very path
	ReadOnly bool   //
	Host     string // empty: not on the node's file system, such as an emptyDir
	Line     int    // of the mount in the manifest
}

// Locate finds a path of the container on the node.
func (m *Manifest) Locate(inside string) Seen {
	p := m.locate(inside)
	s := Seen{Mounted: p.mount >= 0, Exact: p.exact, Host: p.host}
	if p.mount >= 0 {
		s.ReadOnly = m.server().Mounts[p.mount].ReadOnly
		s.Line = m.lists.mounts.Content[p.mount].Line
	}
	return s
}
