// Command psutil shows a machine's connections, processes and resources.
package main

import "os"

func main() { os.Exit(Execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
