package main

import (
	"strconv"

	"github.com/go-psutil/psutil"
)

// users are the names of users by UID.
type users map[uint32]string

// readUsers asks the system for its users. If it can't tell, none has a name.
func readUsers(sys *psutil.System) users {
	names, err := sys.UserNames()
	if err != nil {
		return users{}
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
