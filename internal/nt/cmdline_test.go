package nt

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitCommandLine(t *testing.T) {
	tests := []struct {
		name, line string
		want       []string
	}{
		{"Empty", ``, nil},
		{"Program", `a.exe`, []string{`a.exe`}},
		{"Plain", `a.exe -x /y z`, []string{`a.exe`, `-x`, `/y`, `z`}},
		{"Blanks", "a.exe \t x\t\ty \t", []string{`a.exe`, `x`, `y`}},
		{"OtherBlanksAreNone", "a.exe x\ry\nz\vw\u00a0v\u3000u", []string{`a.exe`, "x\ry\nz\vw\u00a0v\u3000u"}},
		{"NotUTF8", "\xed\xa0\x80 \xed\xb0\x80\xff", []string{"\xed\xa0\x80", "\xed\xb0\x80\xff"}},
		{"NUL", "a.exe x\x00y z", []string{`a.exe`, `x`}},
		{"OnlyNUL", "\x00x", nil},

		// The program's name.
		{"Quoted", `"C:\Program Files\a.exe" x`, []string{`C:\Program Files\a.exe`, `x`}},
		{"QuotedAndTab", "\"a b\"\t\"c d\"", []string{`a b`, `c d`}},
		{"QuotedWithoutEnd", `"a b c`, []string{`a b c`}},
		{"QuotedEmpty", `"" x`, []string{``, `x`}},
		{"OneQuote", `"`, []string{``}},
		{"BackslashEscapesNothing", `"a\" x" y`, []string{`a\`, `x y`}},
		{"EndsAtQuote", `"a"b" c"`, []string{`a`, `b c`}},
		{"TwoQuotesEnd", `"a"" b `, []string{`a`, ` b `}},
		{"ThreeQuotesEnd", `"a""" b`, []string{`a`, ``, `b`}},
		{"FourQuotesEnd", `"a""""b`, []string{`a`, `"b`}},
		{"QuotesWithinAreCharacters", `a"b c"d`, []string{`a"b`, `cd`}},
		{"BackslashesAndQuotes", `\"a "b c"`, []string{`\"a`, `b c`}},
		{"EndsAtTab", "a\"b\tc", []string{`a"b`, `c`}},
		{"BlankFirst", ` "a"b c`, []string{``, `ab`, `c`}},
		{"OnlyBlanks", " \t ", []string{``}},
		{"EndsAtControlCharacter", "a.exe\rb", []string{`a.exe`, `b`}},
		{"ControlCharacterLast", "a.exe\n", []string{`a.exe`}},
		{"ControlCharacterBehindQuote", "\"a.exe\"\r", []string{`a.exe`, "\r"}},
		{"ControlCharacterFirst", "\x01a b", []string{``, `a`, `b`}},

		// Quotes.
		{"WithinArgument", `e a"b"c "d"e f`, []string{`e`, `abc`, `de`, `f`}},
		{"BlanksWithin", `e "a b" c" "d`, []string{`e`, `a b`, `c d`}},
		{"WithoutEnd", `e a "b c`, []string{`e`, `a`, `b c`}},
		{"LastQuote", `e a "`, []string{`e`, `a`, ``}},
		{"EmptyArguments", `e "" a "" ""`, []string{`e`, ``, `a`, ``, ``}},
		{"SingleQuotes", `e 'a b' c^ %d%`, []string{`e`, `'a`, `b'`, `c^`, `%d%`}},

		// Backslashes.
		{"Backslashes", `e a\b c\\d e\\\f \ \\ C:\`, []string{`e`, `a\b`, `c\\d`, `e\\\f`, `\`, `\\`, `C:\`}},
		{"BackslashesInQuotes", `e "a\b c\\d" "x\\y"`, []string{`e`, `a\b c\\d`, `x\\y`}},
		{"BeforeQuote", `e \"a \\"b" \\\"c \\\\"d" e`, []string{`e`, `"a`, `\b`, `\"c`, `\\d`, `e`}},
		{"BeforeQuoteInQuotes", `e "a\" b" "c\\" "d\\\" e" "f\\\\" g`, []string{`e`, `a" b`, `c\`, `d\" e`, `f\\`, `g`}},
		{"DirectoryInQuotes", `e "C:\dir\" x`, []string{`e`, `C:\dir" x`}},
		{"ApartFromQuote", `e \a"b c"`, []string{`e`, `\ab c`}},
		{"BlankBeforeQuote", `e \ "a b"`, []string{`e`, `\`, `a b`}},

		// Quotes in a row, outside of quotes.
		{"Two", `e a""b c`, []string{`e`, `ab`, `c`}},
		{"Three", `e a"""b c`, []string{`e`, `a"b`, `c`}},
		{"Four", `e a"""" b" c`, []string{`e`, `a" b`, `c`}},
		{"Five", `e a"""""b c`, []string{`e`, `a"b`, `c`}},
		{"Six", `e a""""""b c`, []string{`e`, `a""b`, `c`}},
		{"Twelve", `e a""""""""""""b c`, []string{`e`, `a""""b`, `c`}},

		// Likewise, within.
		{"TwoWithin", `e "a""b c`, []string{`e`, `a"b`, `c`}},
		{"TwoAtTheEnd", `e "a"" b`, []string{`e`, `a"`, `b`}},
		{"ThreeWithin", `e "a""" b" c`, []string{`e`, `a" b`, `c`}},
		{"FourWithin", `e "a""""b c`, []string{`e`, `a"b`, `c`}},
		{"FiveWithin", `e "a"""""b c`, []string{`e`, `a""b`, `c`}},
		{"SixWithin", `e "a"""""" b" c`, []string{`e`, `a"" b`, `c`}},
		{"BackslashesBetween", `e "a \\"""\\" b`, []string{`e`, `a \"\`, `b`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := SplitCommandLine(tt.line); !slices.Equal(got, tt.want) || (got == nil) != (tt.want == nil) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// joined is a command line that SplitCommandLine splits into these arguments.
func joined(args []string) string {
	line := "program"
	for _, arg := range args {
		line += ` "`
		backslashes := 0
		for i := range len(arg) {
			switch arg[i] {
			case '\\':
				backslashes++
			case '"':
				line += strings.Repeat(`\`, backslashes+1)
				backslashes = 0
			default:
				backslashes = 0
			}
			line += arg[i : i+1]
		}
		line += strings.Repeat(`\`, backslashes) + `"`
	}
	return line
}

// splitByThrees splits what is behind the program in another way than the code: of
// quotes in a row, with the one that they are within, three are a character.
func splitByThrees(line string) []string {
	var args []string
	var arg strings.Builder
	begun, quotes, backslashes := false, 0, 0
	for i := 0; i < len(line); {
		c := line[i]
		i++
		switch {
		case c == '\\':
			begun = true
			backslashes++
			continue
		case c == '"':
			begun = true
			arg.WriteString(strings.Repeat(`\`, backslashes/2))
			if backslashes%2 != 0 {
				arg.WriteByte('"')
			} else {
				quotes++
			}
			for ; i < len(line) && line[i] == '"'; i++ {
				quotes++
				if quotes == 3 {
					arg.WriteByte('"')
					quotes = 0
				}
			}
			quotes %= 2
			backslashes = 0
			continue
		}
		arg.WriteString(strings.Repeat(`\`, backslashes))
		backslashes = 0
		if (c == ' ' || c == '\t') && quotes == 0 {
			if begun {
				args = append(args, arg.String())
			}
			arg.Reset()
			begun = false
			continue
		}
		begun = true
		arg.WriteByte(c)
	}
	arg.WriteString(strings.Repeat(`\`, backslashes))
	if begun {
		args = append(args, arg.String())
	}
	return args
}

func FuzzSplitCommandLine(f *testing.F) {
	for _, line := range []string{``, ` `, `a`, `"a b" "c\\" d\"`, `a """b""" \\\"`, "a\x01 b\x00c"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := SplitCommandLine(line)
		size := 0
		for _, arg := range args {
			size += len(arg)
		}
		if size > len(line) || len(args) > len(line)/2+1 {
			t.Fatalf("%q of %q", args, line)
		}
		line, _, _ = strings.Cut(line, "\x00")
		if got, want := SplitCommandLine("p " + line)[1:], splitByThrees(line); !slices.Equal(got, want) {
			t.Fatalf("%q of %q, want %q", got, line, want)
		}
		if len(args) == 0 {
			return
		}
		if again := SplitCommandLine(joined(args)); !slices.Equal(again[1:], args) {
			t.Fatalf("%q of %q, want %q", again, joined(args), args)
		}
	})
}
