package positions

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"

	"github.com/auditship/auditship/inputs/file"
)

// parsePromtail reads the positions file of promtail and Grafana Agent (clients/pkg/promtail/positions/positions.go of Loki: a mapping of
// paths to offsets as text) and that of Alloy (internal/component/common/loki/positions: the keys are mappings of path and labels). There is no inode in either.
func parsePromtail(text []byte, written time.Time) (*Positions, error) {
	var document yaml.Node
	if err := migrate.Decode(text, &document); err != nil {
		return nil, fmt.Errorf("it is neither a pos_file of fluentd nor YAML: %w", err)
	}
	all := member(&document, "positions")
	if all == nil || all.Kind != yaml.MappingNode {
		return nil, errors.New("it is neither a pos_file of fluentd nor a positions file of promtail or Alloy")
	}
	p := &Positions{Agent: "promtail"}
	for i := 0; i+1 < len(all.Content); i += 2 {
		p.entry(all.Content[i], all.Content[i+1], written)
	}
	return p, nil
}

// member is the value of a key of a mapping.
func member(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func (p *Positions) entry(key, value *yaml.Node, written time.Time) {
	path := key.Value
	if key.Kind == yaml.MappingNode {
		path = ""
		if n := member(key, "path"); n != nil {
			path = n.Value
		}
	}
	offset, err := strconv.ParseInt(value.Value, 10, 64)
	switch {
	case strings.HasPrefix(path, "cursor-") || strings.HasPrefix(path, "journal-") || strings.HasPrefix(path, "gcplog-"):
		p.Notes = append(p.Notes, fmt.Sprintf("line %d: %s is no file's", key.Line, path))
	case path == "" || err != nil || offset < 0:
		p.Notes = append(p.Notes, fmt.Sprintf("line %d is no position of a file", key.Line))
	default:
		p.lowest(file.Foreign{Path: filepath.Clean(path), Offset: offset, Written: written})
	}
}

// lowest adds a position. Alloy has one for each set of labels that a file is followed with: that which is least far counts, so that nothing is lost.
func (p *Positions) lowest(f file.Foreign) {
	for i := range p.All {
		if p.All[i].Path != f.Path {
			continue
		}
		if p.All[i].Offset != f.Offset {
			p.Notes = append(p.Notes, fmt.Sprintf("%s has several positions, and the lowest is taken: what is behind it may be repeated", f.Path))
		}
		p.All[i].Offset = min(p.All[i].Offset, f.Offset)
		return
	}
	p.All = append(p.All, f)
}
