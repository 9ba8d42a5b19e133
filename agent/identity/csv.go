package identity

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// columns are the names that the first line of a CSV file may have, in any order.
var columns = []string{"user", "fingerprint", "token", "person", "email", "team", "shared"}

// LineError is what is wrong with a line of a file.
type LineError struct {
	Line    int    // 1 is the first
	Key     string // the column; empty: the line as a whole
	Problem string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s: %s", e.Line, e.Key, e.Problem) }

// ParseCSV reads entries from comma-separated values (RFC 4180) whose first line names the columns. Lines that begin with #
// are left out. The file's name is for the Place of the entries. Its error joins a *LineError for each line that is wrong.
func ParseCSV(file string, data []byte) ([]Entry, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))) // spreadsheets begin files with it
	r.Comment, r.TrimLeadingSpace, r.ReuseRecord = '#', true, true
	header, err := r.Read()
	if err == io.EOF {
		return nil, &LineError{1, "", "the file is empty; its first line names the columns: " + strings.Join(columns, ",")}
	}
	if err != nil {
		return nil, csvError(err)
	}
	header = slices.Clone(header)
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	var entries []Entry
	var errs []error
	for {
		record, err := r.Read()
		if err == io.EOF {
			return entries, errors.Join(errs...)
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return nil, errors.Join(append(errs, csvError(err))...) // where the next line begins is not known any more
		}
		line, _ := r.FieldPos(0)
		entry := Entry{Place: fmt.Sprintf("%s:%d", file, line)}
		if err == nil {
			err = entry.fill(header, record, line)
		} else {
			err = &LineError{line, "", fmt.Sprintf("has %d values, and the first line names %d columns", len(record), len(header))}
		}
		if err != nil {
			errs = append(errs, err)
		}
		entries = append(entries, entry)
	}
}

func checkHeader(header []string) error {
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
		switch {
		case !slices.Contains(columns, header[i]):
			return &LineError{1, fmt.Sprintf("%.40q", header[i]), "is no column; the first line may name " + strings.Join(columns, ",")}
		case slices.Contains(header[:i], header[i]):
			return &LineError{1, header[i], "is named twice"}
		}
	}
	return nil
}

func (e *Entry) fill(header, record []string, line int) error {
	values := map[string]*string{
		"user": &e.User, "fingerprint": &e.Fingerprint, "token": &e.Token, "person": &e.Person, "email": &e.Email, "team": &e.Team,
	}
	for i, name := range header {
		value := strings.Clone(strings.TrimSpace(record[i]))
		switch {
		case name != "shared":
			*values[name] = value
		case value == "true" || value == "false" || value == "":
			e.Shared = value == "true"
		default:
			return &LineError{line, name, fmt.Sprintf("%.40q is neither true nor false", value)}
		}
	}
	return nil
}

func csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return &LineError{parse.Line, "", parse.Err.Error()}
	}
	return err
}
