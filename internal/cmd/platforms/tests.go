package main

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
)

// tested are the functions that a test of the system runs, and those whose field in
// bulk one asks for. What only examples show, or tests that skip under Wine, is not
// among them.
func (c *code) tested() map[*types.Func]bool {
	found := make(map[*types.Func]bool)
	for _, file := range c.tests {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || strings.HasPrefix(f.Name.Name, "Example") || skipsUnderWine(f) {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				switch used := c.info.Uses[id].(type) {
				case *types.Func:
					found[c.exported(used.Origin())] = true
				case *types.Const:
					if name, isField := strings.CutPrefix(used.Name(), "Field"); isField {
						if method := c.function("p." + name); method != nil {
							found[method] = true
						}
					}
				}
				return true
			})
		}
	}
	return found
}

// exported is a function of the package for a method of System of the same name.
func (c *code) exported(f *types.Func) *types.Func {
	if recv := f.Signature().Recv(); recv != nil && strings.HasSuffix(recv.Type().String(), ".System") {
		if same := c.function(f.Name()); same != nil {
			return same
		}
	}
	return f
}

// skipsUnderWine reports whether the first thing a test does is to say which gap of
// Wine's it can't do without.
func skipsUnderWine(f *ast.FuncDecl) bool {
	for _, stmt := range f.Body.List {
		if e, ok := stmt.(*ast.ExprStmt); ok {
			if call, ok := e.X.(*ast.CallExpr); ok {
				if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "wineGap" {
					return true
				}
			}
		}
	}
	return false
}

// wineGaps is the table of the tests: what Wine does of each thing that Windows does
// otherwise.
func (c *code) wineGaps() (map[string]string, error) {
	gaps := make(map[string]string)
	for _, file := range c.tests {
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || v.Names[0].Name != "wineGaps" || len(v.Values) != 1 {
				return true
			}
			if lit, ok := v.Values[0].(*ast.CompositeLit); ok {
				for _, e := range lit.Elts {
					kv := e.(*ast.KeyValueExpr)
					gaps[constant.StringVal(c.info.Types[kv.Key].Value)] = constant.StringVal(c.info.Types[kv.Value].Value)
				}
			}
			return false
		})
	}
	if len(gaps) == 0 {
		return nil, errors.New("no wineGaps in the tests")
	}
	return gaps, nil
}
