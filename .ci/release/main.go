// Command release rehearses a release: it packs every module of this repository as the
// Go proxy would, into a tree that serves as one, and from that tree alone, with an
// empty module cache, installs the command and builds a program that uses the library.
//
//	go run . REPOSITORY
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// modules are those that are released, each after what it requires.
var modules = []string{".", "bpf", "cmd/psutil", "bench"}

func main() {
	flag.Parse()
	if err := rehearse(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// rehearsal is where it takes place.
type rehearsal struct {
	root  string // of the repository
	dir   string // for everything that is made
	proxy string // the tree
}

func rehearse(root string) (err error) {
	if root == "" {
		return errors.New("no repository")
	}
	r := rehearsal{root: root}
	if r.dir, err = os.MkdirTemp("", "release"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	r.proxy = filepath.Join(r.dir, "proxy")
	version, err := r.version()
	if err != nil {
		return err
	}
	for _, m := range modules {
		if err := r.pack(m, version); err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
	}
	if err := r.provide(); err != nil {
		return err
	}
	if err := r.install(version); err != nil {
		return err
	}
	return r.client(version)
}

// version is the one at which the modules require each other.
func (r *rehearsal) version() (string, error) {
	versions := make(map[string]bool)
	for _, m := range modules {
		f, err := r.modFile(m)
		if err != nil {
			return "", err
		}
		for _, require := range f.Require {
			if strings.HasPrefix(require.Mod.Path, "github.com/go-psutil/psutil") {
				versions[require.Mod.Version] = true
			}
		}
		if len(f.Replace)+len(f.Exclude) > 0 {
			return "", fmt.Errorf("%s: go install refuses a go.mod that replaces or excludes", m)
		}
	}
	if len(versions) != 1 {
		return "", fmt.Errorf("the modules require each other at the versions %v", versions)
	}
	for v := range versions {
		return v, nil
	}
	panic("unreachable")
}

func (r *rehearsal) modFile(m string) (*modfile.File, error) {
	name := filepath.Join(r.root, m, "go.mod")
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(name, b, nil)
}

// pack puts a module into the tree, of the files that are committed.
func (r *rehearsal) pack(m, version string) error {
	f, err := r.modFile(m)
	if err != nil {
		return err
	}
	v := module.Version{Path: f.Module.Mod.Path, Version: version}
	if err := module.Check(v.Path, v.Version); err != nil {
		return err
	}
	dir, err := r.moduleDir(v.Path)
	if err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Unix(0, 0).UTC()})
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(r.root, m, "go.mod"))
	if err != nil {
		return err
	}
	for suffix, b := range map[string][]byte{".info": info, ".mod": mod} {
		if err := os.WriteFile(filepath.Join(dir, version+suffix), b, 0o666); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "list"), []byte(version+"\n"), 0o666); err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		return err
	}
	subdir := m
	if m == "." {
		subdir = ""
	}
	if err := errors.Join(zip.CreateFromVCS(out, v, r.root, "HEAD", subdir), out.Close()); err != nil {
		return err
	}
	checked, err := zip.CheckZip(v, out.Name())
	if err == nil {
		err = checked.Err()
	}
	if err != nil {
		return err
	}
	size, err := os.Stat(out.Name())
	if err != nil {
		return err
	}
	fmt.Printf("%s@%s: %d files, %d bytes\n", v.Path, v.Version, len(checked.Valid), size.Size())
	return nil
}

// moduleDir makes the directory of a module in the tree.
func (r *rehearsal) moduleDir(modulePath string) (string, error) {
	escaped, err := module.EscapePath(modulePath)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(r.proxy, filepath.FromSlash(path.Join(escaped, "@v")))
	return dir, os.MkdirAll(dir, 0o777)
}

// provide puts into the tree what others have published and the modules require, as
// the go command keeps it in its cache. The go.sum files list it: some modules whole,
// of others the go.mod only.
func (r *rehearsal) provide() error {
	cache, err := r.goCommand(r.dir, nil, "env", "GOMODCACHE")
	if err != nil {
		return err
	}
	whole, named := make(map[string]bool), make(map[string]bool)
	for _, m := range modules {
		sums, err := os.ReadFile(filepath.Join(r.root, m, "go.sum"))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(sums)) {
			words := strings.Fields(line)
			if len(words) != 3 {
				return fmt.Errorf("%s: a line of go.sum is %q", m, line)
			}
			if version, ok := strings.CutSuffix(words[1], "/go.mod"); ok {
				named[words[0]+"@"+version] = true
			} else {
				whole[words[0]+"@"+words[1]] = true
			}
		}
	}
	for _, c := range []struct {
		command []string
		list    map[string]bool
	}{{[]string{"mod", "download"}, whole}, {[]string{"list", "-m"}, named}} {
		// Outside of a module nothing is written but the cache.
		if _, err := r.goCommand(r.dir, []string{"GOWORK=off", "GOFLAGS="}, append(c.command, slices.Sorted(maps.Keys(c.list))...)...); err != nil {
			return err
		}
		for m := range c.list {
			modulePath, _, _ := strings.Cut(m, "@")
			if err := r.copyFrom(filepath.Join(strings.TrimSpace(cache), "cache", "download"), modulePath); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyFrom copies what a cache has of a module.
func (r *rehearsal) copyFrom(cache, modulePath string) error {
	to, err := r.moduleDir(modulePath)
	if err != nil {
		return err
	}
	escaped, err := module.EscapePath(modulePath)
	if err != nil {
		return err
	}
	from := filepath.Join(cache, filepath.FromSlash(escaped), "@v")
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, f.Name()), b, 0o666)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// alone is the environment in which there is nothing but the tree.
func (r *rehearsal) alone() []string {
	return []string{"GOWORK=off", "GOPROXY=file://" + filepath.ToSlash(r.proxy), "GOSUMDB=off", "GONOPROXY=", "GOPRIVATE=",
		"GOMODCACHE=" + filepath.Join(r.dir, "cache"), "GOBIN=" + filepath.Join(r.dir, "bin"), "GOFLAGS=-modcacherw"}
}

// install installs the command, and asks it for its version.
func (r *rehearsal) install(version string) error {
	if _, err := r.goCommand(r.dir, r.alone(), "install", "github.com/go-psutil/psutil/cmd/psutil@"+version); err != nil {
		return err
	}
	out, err := r.run(r.dir, nil, filepath.Join(r.dir, "bin", "psutil"), "--version")
	if err != nil {
		return err
	}
	if !strings.Contains(out, version) {
		return fmt.Errorf("psutil --version says %q, not %s", out, version)
	}
	fmt.Print(out)
	return nil
}

const clientProgram = `package main

import (
	"fmt"
	"os"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/legacy"
)

func main() {
	p, err := psutil.Self()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	n, err := legacy.NumCPUs()
	fmt.Println(p.PID() == os.Getpid(), n > 0, err)
}
`

// client builds a program that requires the library, and runs it.
func (r *rehearsal) client(version string) error {
	dir := filepath.Join(r.dir, "client")
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(clientProgram), 0o666); err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "init", "client"}, {"get", "github.com/go-psutil/psutil@" + version}, {"mod", "tidy"}, {"vet", "."}} {
		if _, err := r.goCommand(dir, r.alone(), args...); err != nil {
			return err
		}
	}
	out, err := r.goCommand(dir, r.alone(), "run", ".")
	if err != nil {
		return err
	}
	if out != "true true <nil>\n" {
		return fmt.Errorf("the client prints %q", out)
	}
	out, err = r.goCommand(dir, r.alone(), "list", "-m", "all")
	fmt.Printf("a client's modules: %s\n", strings.Join(strings.Split(strings.TrimSpace(out), "\n")[1:], ", "))
	return err
}

func (r *rehearsal) goCommand(dir string, env []string, args ...string) (string, error) {
	return r.run(dir, env, "go", args...)
}

func (r *rehearsal) run(dir string, env []string, command string, args ...string) (string, error) {
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), env...), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", command, strings.Join(args, " "), err)
	}
	return string(out), nil
}
