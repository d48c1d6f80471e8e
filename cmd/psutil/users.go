package main

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"strconv"
)

// users are the names in etc/passwd by UID.
type users map[uint32]string

// readUsers reads etc/passwd below root, or below / if that is empty. Without
// the file no user has a name.
func readUsers(root string) users {
	names := make(users)
	f, err := os.OpenInRoot(cmp.Or(root, "/"), "etc/passwd")
	if err != nil {
		return names
	}
	defer f.Close()
	file, err := io.ReadAll(f)
	if err != nil {
		return names
	}
	for line := range bytes.Lines(file) {
		fields := bytes.SplitN(line, []byte{':'}, 4)
		if len(fields) < 4 {
			continue
		}
		uid, err := strconv.ParseUint(string(fields[2]), 10, 32)
		if _, taken := names[uint32(uid)]; err == nil && !taken {
			names[uint32(uid)] = string(fields[0])
		}
	}
	return names
}

// name returns the user's name, or the number of one without.
func (u users) name(uid uint32) string {
	if name, ok := u[uid]; ok {
		return name
	}
	return strconv.FormatUint(uint64(uid), 10)
}
