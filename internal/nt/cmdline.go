package nt

import "strings"

// SplitCommandLine returns the arguments in a command line, as CommandLineToArgvW of
// shell32 does (shellapi.h; learn.microsoft.com, "CommandLineToArgvW function").
// Windows itself has only the line: a program may split it in another way, and one
// made with the C library of Visual Studio 2008 or later does where quotes are
// doubled.
//
// The first argument is all up to the next quote if the line begins with one, else
// up to a space or a control character; nothing else counts in it. Those behind it
// end at a space or tab outside of quotes. Of an even number of backslashes before a
// quote half are kept, of an odd number too, and then the quote is a character.
// Elsewhere backslashes are characters. Two quotes within quotes are the character,
// and end the quotes.
//
// Of an empty line it returns nil, where the function returns the caller's own file.
func SplitCommandLine(line string) []string {
	line, _, _ = strings.Cut(line, "\x00")
	if line == "" {
		return nil
	}
	var program string
	if afterQuote, quoted := strings.CutPrefix(line, `"`); quoted {
		program, line, _ = strings.Cut(afterQuote, `"`)
	} else {
		end := strings.IndexFunc(line, func(r rune) bool { return r <= ' ' })
		if end < 0 {
			return []string{line}
		}
		program, line = line[:end], line[end+1:]
	}
	args := []string{program}
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return args
		}
		var arg string
		arg, line = cutArgument(line)
		args = append(args, arg)
	}
}

// cutArgument returns the first of the arguments behind the program, and what follows
// it.
func cutArgument(line string) (arg, rest string) {
	var b []byte
	quoted := false
	backslashes := 0 // at the end of b
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			b = append(b, c)
			backslashes++
			continue
		case c == '"':
			b = b[:len(b)-(backslashes+1)/2]
			switch {
			case backslashes%2 != 0:
				b = append(b, c)
			case quoted && strings.HasPrefix(line[i+1:], `"`):
				b = append(b, c)
				quoted = false
				i++
			default:
				quoted = !quoted
			}
		case (c == ' ' || c == '\t') && !quoted:
			return string(b), line[i+1:]
		default:
			b = append(b, c)
		}
		backslashes = 0
	}
	return string(b), ""
}
