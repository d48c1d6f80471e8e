package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

const module = "github.com/go-psutil/psutil"

// code is the library as one system has it.
type code struct {
	pkg   *types.Package
	info  types.Info
	decls map[*types.Func]*ast.FuncDecl
	tests []*ast.File
	names []string // of its files but the tests

	active map[*types.Func]bool // functions that are being looked into
}

// load reads the package in a directory, and its tests, for a system. Nothing that it
// imports is read: what is asked is about its own functions and types only.
func load(dir, goos, goarch string) (*code, error) {
	c := &code{
		info:  types.Info{Uses: make(map[*ast.Ident]types.Object), Defs: make(map[*ast.Ident]types.Object), Types: make(map[ast.Expr]types.TypeAndValue)},
		decls: make(map[*types.Func]*ast.FuncDecl), active: make(map[*types.Func]bool),
	}
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH = goos, goarch
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var (
		fset            = token.NewFileSet()
		inside, outside []*ast.File
	)
	for _, path := range paths {
		name := filepath.Base(path)
		match, err := ctx.MatchFile(dir, name)
		if err != nil {
			return nil, err
		}
		if !match {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, "_test.go") {
			c.tests = append(c.tests, file)
		} else {
			c.names = append(c.names, name)
		}
		if strings.HasSuffix(file.Name.Name, "_test") {
			outside = append(outside, file)
		} else {
			inside = append(inside, file)
		}
	}
	if c.pkg = c.check(module, fset, inside); c.pkg.Scope().Lookup("System") == nil {
		return nil, fmt.Errorf("%s: no library for %s", dir, goos)
	}
	c.check(module+"_test", fset, outside)
	for _, file := range slices.Concat(inside, outside) {
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				if f, ok := c.info.Defs[d.Name].(*types.Func); ok {
					c.decls[f] = d
				}
			}
		}
	}
	return c, nil
}

// check finds out what the names in files mean. There are errors about all that is of
// another package.
func (c *code) check(path string, fset *token.FileSet, files []*ast.File) *types.Package {
	config := types.Config{Importer: c, Error: func(error) {}}
	pkg, _ := config.Check(path, fset, files, &c.info)
	return pkg
}

// Import returns the library, or a package that has nothing.
func (c *code) Import(path string) (*types.Package, error) {
	if path == module {
		return c.pkg, nil
	}
	pkg := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	pkg.MarkComplete()
	return pkg, nil
}

// function finds an exported one by the name in README.md: "CPUTimes", "p.Name",
// "Sampler.Sample". It is nil if the name is not that of a function.
func (c *code) function(name string) *types.Func {
	owner, method, isMethod := strings.Cut(name, ".")
	if !isMethod {
		f, _ := c.pkg.Scope().Lookup(name).(*types.Func)
		return f
	}
	if owner == "p" {
		owner = "Process"
	}
	t := c.pkg.Scope().Lookup(owner)
	if t == nil {
		return nil
	}
	f, _, _ := types.LookupFieldOrMethod(types.NewPointer(t.Type()), true, c.pkg, method)
	found, _ := f.(*types.Func)
	return found
}

// callee is the function of the library that is called, nil if it is none.
func (c *code) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr: // of one with type parameters
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	id, _ := fun.(*ast.Ident)
	if s, ok := fun.(*ast.SelectorExpr); ok {
		id = s.Sel
	}
	if id == nil {
		return nil
	}
	f, _ := c.info.Uses[id].(*types.Func)
	if f != nil {
		f = f.Origin()
	}
	return f
}
