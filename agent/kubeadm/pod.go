package kubeadm

import (
	"path"
	"strings"
)

// podSpec is what is read of a pod (k8s.io/api/core/v1).
type podSpec struct {
	Containers []container `yaml:"containers"`
	Init       []container `yaml:"initContainers"`
	Volumes    []volume    `yaml:"volumes"`
	Security   security    `yaml:"securityContext"`
}

type container struct {
	Name     string   `yaml:"name"`
	Image    string   `yaml:"image"`
	Command  []string `yaml:"command"`
	Args     []string `yaml:"args"`
	Mounts   []mount  `yaml:"volumeMounts"`
	Security security `yaml:"securityContext"`
	Ports    []struct {
		Name string `yaml:"name"`
		Port int    `yaml:"containerPort"`
	} `yaml:"ports"`
	Liveness *probe `yaml:"livenessProbe"`
	Startup  *probe `yaml:"startupProbe"`
}

type security struct {
	User *int `yaml:"runAsUser"`
}

type probe struct {
	Get *struct {
		Host   string `yaml:"host"`
		Path   string `yaml:"path"`
		Port   string `yaml:"port"`
		Scheme string `yaml:"scheme"`
	} `yaml:"httpGet"`
}

type mount struct {
	Name     string `yaml:"name"`
	Path     string `yaml:"mountPath"`
	SubPath  string `yaml:"subPath"`
	SubExpr  string `yaml:"subPathExpr"`
	ReadOnly bool   `yaml:"readOnly"`
}

type volume struct {
	Name string    `yaml:"name"`
	Host *hostPath `yaml:"hostPath"`
}

type hostPath struct {
	Path string `yaml:"path"`
	Type string `yaml:"type"`
}

// place is where a path of the API server's container is on the node.
type place struct {
	mount  int // index; -1: in no mount, so in the container's own file system
	volume int // index; -1: the mount's volume is not there
	host   string
	exact  bool // the mount is of this very path
}

// locate finds the mount that a path of the container is in: the deepest one.
func (m *Manifest) locate(inside string) place {
	found, longest := place{mount: -1, volume: -1}, -1
	inside = path.Clean(inside)
	for i, mt := range m.server().Mounts {
		root := path.Clean(mt.Path)
		rest, below := strings.CutPrefix(inside, strings.TrimSuffix(root, "/")+"/")
		if inside == root {
			rest, below = "", true
		}
		if !below || len(root) < longest || m.out[i] {
			continue
		}
		longest = len(root)
		found = place{mount: i, volume: m.volumeNamed(mt.Name), exact: inside == root}
		if v := found.volume; v >= 0 && m.pod.Volumes[v].Host != nil && mt.SubExpr == "" {
			found.host = path.Join(m.pod.Volumes[v].Host.Path, mt.SubPath, rest)
		}
	}
	return found
}

func (m *Manifest) volumeNamed(name string) int {
	for i, v := range m.pod.Volumes {
		if v.Name == name {
			return i
		}
	}
	return -1
}
