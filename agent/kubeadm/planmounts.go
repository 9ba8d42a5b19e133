package kubeadm

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// role is one of the two files that the API server has of the node.
type role struct {
	name     string // of the volume
	what     string // in words
	readOnly bool
	why      string // it is mounted
}

var (
	policyRole = role{"audit-policy", "policy", true, "the API server runs in a container and sees of the node only what is mounted. The directory is mounted, not the file: a file that is missing keeps the pod from starting, and an editor that saves by renaming leaves the container with the old one"}
	logRole    = role{"audit-log", "log", false, "without it the log is in the container and gone with it. The directory is mounted, not the file: the log is rotated by renaming, and a file that is a mount cannot be renamed"}
)

// mounted makes sure that a path of the container is in a directory of the node, and is where on the node that is.
func (p *planner) mounted(r role, inside string) string {
	dir := path.Dir(inside)
	if p.added[dir] { // for the other file
		return inside
	}
	at := p.m.locate(inside)
	if wrong := p.wrongMount(r, at); wrong != "" {
		p.replaceMount(r, at, dir, wrong)
		return inside
	}
	if at.mount < 0 {
		p.addMount(r, dir)
		return inside
	}
	if at.exact {
		p.note("the " + r.what + " is mounted as a file (" + inside + "), which stays so: should it be missing on the node, kubelet does not start the pod")
	}
	if mt := p.m.server().Mounts[at.mount]; mt.ReadOnly && !r.readOnly {
		p.edit.unset(child(p.edit.item(p.m.lists.mounts, at.mount), "readOnly"))
		p.changed("make the mount "+mt.Path+" writable (readOnly: false)", "the API server writes its log there, and does not start if it cannot")
	}
	return at.host
}

// wrongMount tells why a mount cannot stay; "" if it can, or there is none.
func (p *planner) wrongMount(r role, at place) string {
	if at.mount < 0 {
		return ""
	}
	mt := p.m.server().Mounts[at.mount]
	if at.volume < 0 {
		return "there is no volume " + strconv.Quote(mt.Name) + ", and kubelet refuses the pod"
	}
	host := p.m.pod.Volumes[at.volume].Host
	isFile := host != nil && strings.HasPrefix(host.Type, "File")
	switch {
	case at.host == "":
		return "the volume " + strconv.Quote(mt.Name) + " is no directory of the node (hostPath), so nothing outside the pod finds what is in it"
	case host.Type != "" && !isFile && !strings.HasPrefix(host.Type, "Directory"):
		return "its volume is of type " + host.Type
	case at.exact && r == logRole:
		return "the log is mounted as a file: it is rotated by renaming, which a mount forbids, so it would grow for ever"
	case at.exact && !isFile && host.Type != "" && mt.SubPath == "":
		return "the volume is of type " + host.Type + ", so kubelet makes a directory where the policy should be"
	case !at.exact && isFile:
		return "the volume is of type " + host.Type + ", but a directory is needed"
	}
	return ""
}

// replaceMount puts a mount of the directory in the place of a wrong one; its volume goes if nothing else uses it.
func (p *planner) replaceMount(r role, at place, dir, why string) {
	mt := p.m.server().Mounts[at.mount]
	node := p.edit.item(p.m.lists.mounts, at.mount)
	p.m.out[at.mount], p.added[dir] = true, true
	name := mt.Name
	switch {
	case at.volume >= 0 && p.m.uses[name] == 1:
		old := p.edit.item(p.m.lists.volumes, at.volume)
		p.edit.add(p.m.lists.volumes, old, volumeItem(name, dir))
		p.edit.remove(p.m.lists.volumes, old)
	default:
		if at.volume >= 0 || p.taken[name] {
			name = p.freeName(r.name)
		}
		p.taken[name] = true
		p.addVolume(name, dir)
	}
	p.edit.add(p.m.lists.mounts, node, mountItem(name, dir, r.readOnly))
	p.edit.remove(p.m.lists.mounts, node)
	what := "mount the directory " + dir + " for the " + r.what + ", instead of " + mt.Path
	if path.Clean(mt.Path) == dir {
		what = "have the mount " + mt.Path + " be that directory of the node"
	}
	p.changed(what, why)
}

// dropMount takes out a mount that is of no use any more, and its volume if nothing else uses it.
func (p *planner) dropMount(at place) {
	mt := p.m.server().Mounts[at.mount]
	p.m.out[at.mount] = true
	p.edit.remove(p.m.lists.mounts, p.edit.item(p.m.lists.mounts, at.mount))
	if at.volume >= 0 && p.m.uses[mt.Name] == 1 {
		p.edit.remove(p.m.lists.volumes, p.edit.item(p.m.lists.volumes, at.volume))
		p.taken[mt.Name] = false
	}
	p.changed("remove the mount "+mt.Path, "nothing uses it any more")
}

// addMount mounts a directory, from a volume that is there already if there is one.
func (p *planner) addMount(r role, dir string) {
	p.added[dir] = true
	name := ""
	for _, v := range p.m.pod.Volumes {
		if v.Host != nil && path.Clean(v.Host.Path) == dir && (v.Host.Type == "" || strings.HasPrefix(v.Host.Type, "Directory")) {
			name = v.Name
		}
	}
	if name == "" {
		name = p.freeName(r.name)
		p.addVolume(name, dir)
	}
	mounts := p.m.server().Mounts
	behind := slices.IndexFunc(mounts, func(m mount) bool { return m.Name > name }) - 1
	if behind == -2 {
		behind = len(mounts) - 1
	}
	p.edit.add(p.m.lists.mounts, p.edit.item(p.m.lists.mounts, behind), mountItem(name, dir, r.readOnly))
	p.changed("mount the directory "+dir+" of the node for the "+r.what, r.why)
}

func (p *planner) addVolume(name, dir string) {
	volumes := p.m.pod.Volumes
	behind := slices.IndexFunc(volumes, func(v volume) bool { return v.Name > name }) - 1
	if behind == -2 {
		behind = len(volumes) - 1
	}
	p.edit.add(p.m.lists.volumes, p.edit.item(p.m.lists.volumes, behind), volumeItem(name, dir))
}

// freeName is a name that no volume has.
func (p *planner) freeName(name string) string {
	for i, free := 2, name; ; i++ {
		if taken, known := p.taken[free]; !taken && (known || p.m.volumeNamed(free) < 0) {
			p.taken[free] = true
			return free
		}
		free = name + "-" + strconv.Itoa(i)
	}
}

// mountItem and volumeItem are written as kubeadm writes them.
func mountItem(name, dir string, readOnly bool) string {
	item := "mountPath: " + quote(dir) + "\nname: " + quote(name)
	if readOnly {
		item += "\nreadOnly: true"
	}
	return item
}

func volumeItem(name, dir string) string {
	return "hostPath:\n  path: " + quote(dir) + "\n  type: DirectoryOrCreate\nname: " + quote(name)
}
