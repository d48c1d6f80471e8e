package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"
)

// A refusal says that a function is not supported, and what it would take.
type refusal struct{ need string }

// known are the values of parameters in a call.
type known map[types.Object]constant.Value

// refuses looks whether a function does nothing but say that it is not supported: it
// returns that error, or calls without a condition a function that does.
func (c *code) refuses(f *types.Func, args []ast.Expr) *refusal {
	decl := c.decls[f]
	if decl == nil || decl.Body == nil || c.active[f] {
		return nil
	}
	c.active[f] = true
	defer delete(c.active, f)
	params := make(known)
	signature := f.Signature().Params()
	for i := range min(signature.Len(), len(args)) {
		if v := c.info.Types[args[i]].Value; v != nil {
			params[signature.At(i)] = v
		}
	}
	return c.inBlock(decl.Body.List, params)
}

// inBlock looks at the statements that are always reached.
func (c *code) inBlock(list []ast.Stmt, params known) *refusal {
	alternative := false // something may have been returned before
	for _, stmt := range list {
		var r *refusal
		switch s := stmt.(type) {
		case *ast.IfStmt:
			r = c.first(params, s.Init, s.Cond)
			if r == nil && c.holds(s.Cond, params) {
				r = c.inBlock(s.Body.List, params)
			}
			alternative = alternative || returns(s)
		case *ast.SwitchStmt:
			r = c.first(params, s.Init, s.Tag)
			alternative = alternative || returns(s)
		case *ast.ForStmt:
			r = c.first(params, s.Init)
		case *ast.RangeStmt:
			r = c.first(params, s.X)
		case *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.DeferStmt, *ast.GoStmt:
		case *ast.ReturnStmt:
			if n := len(s.Results); n > 0 && !alternative {
				r = c.literal(s.Results[n-1])
			}
			if r == nil {
				r = c.first(params, s)
			}
		default:
			r = c.first(params, s)
		}
		if r != nil {
			return r
		}
	}
	return nil
}

// returns reports whether a statement may return.
func returns(stmt ast.Stmt) (found bool) {
	ast.Inspect(stmt, func(n ast.Node) bool {
		_, isReturn := n.(*ast.ReturnStmt)
		_, isFunc := n.(*ast.FuncLit)
		found = found || isReturn
		return !found && !isFunc
	})
	return found
}

// first looks at the calls in what is always evaluated. A function that is passed is
// taken for one that is called.
func (c *code) first(params known, nodes ...ast.Node) (r *refusal) {
	for _, node := range nodes {
		if node == nil || reflect.ValueOf(node).IsNil() {
			continue
		}
		ast.Inspect(node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				if r == nil {
					r = c.inBlock(n.Body.List, params)
				}
				return false
			case *ast.CallExpr:
				if f := c.callee(n); r == nil && f != nil && !c.isUnsupported(n) {
					r = c.refuses(f, n.Args)
				}
			case *ast.BinaryExpr: // its right side may not be evaluated
				if n.Op == token.LAND || n.Op == token.LOR {
					if r == nil {
						r = c.first(params, n.X)
					}
					return false
				}
			}
			return r == nil
		})
	}
	return r
}

// literal is the refusal that an expression makes: a NotSupportedError, maybe in a
// ProcessError, or what Process.unsupported returns.
func (c *code) literal(e ast.Expr) *refusal {
	if call, ok := e.(*ast.CallExpr); ok && c.isUnsupported(call) {
		return new(refusal)
	}
	if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok {
		e = u.X
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	id, _ := lit.Type.(*ast.Ident)
	switch {
	case id == nil:
	case id.Name == "ProcessError":
		if inner := element(lit, "Err"); inner != nil {
			return c.literal(inner)
		}
	case id.Name == "NotSupportedError":
		r := new(refusal)
		if need := element(lit, "Need"); need != nil && c.info.Types[need].Value != nil {
			r.need = constant.StringVal(c.info.Types[need].Value)
		}
		return r
	}
	return nil
}

func (c *code) isUnsupported(call *ast.CallExpr) bool {
	f := c.callee(call)
	return f != nil && f.Name() == "unsupported"
}

// element is the value of a key of a literal.
func element(lit *ast.CompositeLit, key string) ast.Expr {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == key {
				return kv.Value
			}
		}
	}
	return nil
}

// holds reports whether a condition, which compares a parameter with a constant, is
// met by what the parameter is known to be.
func (c *code) holds(cond ast.Expr, params known) bool {
	b, ok := cond.(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL && b.Op != token.NEQ {
		return false
	}
	id, ok := b.X.(*ast.Ident)
	if !ok {
		return false
	}
	value, other := params[c.info.Uses[id]], c.info.Types[b.Y].Value
	return value != nil && other != nil && constant.Compare(value, b.Op, other)
}

// lacks are the fields of a function's results, by JSON name, that it always notes as
// missing, and those that it has.
func (c *code) lacks(f *types.Func) (lacks, has []string) {
	var wanted []*types.Named
	results := f.Signature().Results()
	for v := range results.Variables() {
		wanted = addStructs(wanted, v.Type())
	}
	missing := make(map[string]bool)
	c.addLacks(missing, f, wanted, make(map[*types.Func]bool))
	for _, name := range jsonNames(wanted) {
		if missing[name] {
			lacks = append(lacks, name)
		} else {
			has = append(has, name)
		}
	}
	return lacks, has
}

// addStructs appends the structs of a type: it, what it is a slice of, and what it
// embeds.
func addStructs(list []*types.Named, t types.Type) []*types.Named {
	switch u := t.(type) {
	case *types.Slice:
		return addStructs(list, u.Elem())
	case *types.Named:
		if s, ok := u.Underlying().(*types.Struct); ok && !slices.Contains(list, u) {
			list = append(list, u)
			for f := range s.Fields() {
				if f.Embedded() {
					list = addStructs(list, f.Type())
				}
			}
		}
	}
	return list
}

// jsonNames are the names of the fields of structs.
func jsonNames(structs []*types.Named) (names []string) {
	for _, t := range structs {
		s := t.Underlying().(*types.Struct)
		for i := range s.NumFields() {
			name := reflect.StructTag(s.Tag(i)).Get("json")
			if name == "" { // of a struct that writes its JSON by itself
				name = snakeCase(s.Field(i).Name())
			}
			if name != "-" && !s.Field(i).Embedded() && s.Field(i).Name() != "Missing" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// snakeCase makes "recv_q" of "RecvQ".
func snakeCase(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' && name[i-1] >= 'a' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// addLacks notes what a function, and those that it names, always set Missing to.
func (c *code) addLacks(missing map[string]bool, f *types.Func, wanted []*types.Named, seen map[*types.Func]bool) {
	decl := c.decls[f]
	if decl == nil || decl.Body == nil || seen[f] {
		return
	}
	seen[f] = true
	isWanted := func(t types.Type) bool {
		named, _ := t.(*types.Named)
		return named != nil && slices.Contains(wanted, named)
	}
	var visit func(n ast.Node, always bool)
	visit = func(n ast.Node, always bool) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.IfStmt:
				visit(n.Cond, always)
				visit(n.Body, false)
				if n.Init != nil {
					visit(n.Init, always)
				}
				if n.Else != nil {
					visit(n.Else, false)
				}
				return false
			case *ast.CaseClause:
				for _, s := range n.Body {
					visit(s, false)
				}
				return false
			case *ast.Ident:
				if f, ok := c.info.Uses[n].(*types.Func); ok {
					c.addLacks(missing, f.Origin(), wanted, seen)
				}
			case *ast.CompositeLit:
				if e := element(n, "Missing"); e != nil && always && isWanted(c.info.Types[n].Type) {
					c.addNames(missing, e)
				}
			case *ast.AssignStmt:
				if s, ok := n.Lhs[0].(*ast.SelectorExpr); ok && s.Sel.Name == "Missing" && always && isWanted(c.info.Types[s.X].Type) {
					c.addNames(missing, n.Rhs[0])
				}
			}
			return true
		})
	}
	visit(decl.Body, true)
}

// addNames notes what an expression of type Missing names: a constant, or a call of
// missingBut.
func (c *code) addNames(missing map[string]bool, e ast.Expr) {
	if v := c.info.Types[e].Value; v != nil {
		for name := range strings.SplitSeq(constant.StringVal(v), ",") {
			missing[name] = true
		}
		return
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || c.callee(call) == nil || c.callee(call).Name() != "missingBut" {
		return
	}
	for _, name := range jsonNames(addStructs(nil, c.info.Types[call.Args[0]].Type)) {
		missing[name] = true
	}
	for _, arg := range call.Args[1:] {
		delete(missing, constant.StringVal(c.info.Types[arg].Value))
	}
}
