// Command platforms writes docs/PLATFORMS.md: what works on which system. It looks in
// the code of the library: which functions of a system's glue do nothing but say that
// they are not supported, and which fields of a result they always note as missing.
//
// The functions and their order are those of the tables in README.md. A test compares
// the document with what this would write.
package main

import (
	"log"
	"os"
	"path/filepath"
)

//go:generate go run . ../../..

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: platforms ROOT")
	}
	text, err := document(os.Args[1])
	if err == nil {
		err = os.WriteFile(filepath.Join(os.Args[1], "docs", "PLATFORMS.md"), text, 0o666)
	}
	if err != nil {
		log.Fatal(err)
	}
}
