package psutil

// internedNames are the names that a reader has met: most processes of a machine share
// a few.
type internedNames map[string]string

// maxNames bounds how many are remembered: anybody may make new ones.
const maxNames = 1 << 14

// intern returns the string of a name, the same each time.
func (n internedNames) intern(b []byte) string {
	name, known := n[string(b)]
	if !known {
		if len(n) >= maxNames {
			clear(n)
		}
		name = string(b)
		n[name] = name
	}
	return name
}
