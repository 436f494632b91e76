package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What keeps a reader from getting lost. Tables of data are apart: a function that is mostly one literal is a table.
const (
	mostLinesOfFile     = 500
	mostLinesOfFunction = 60
	mostMethods         = 5
	medianOfFunctions   = 10
)

// larger names the interfaces that are allowed to be: the driver contract is one by design.
var larger = []string{"store.KV"}

// source is a Go file of ours that a person wrote.
type source struct {
	path  string
	file  *ast.File
	fset  *token.FileSet
	lines int
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if !ast.IsGenerated(f) {
			all = append(all, source{path, f, fset, fset.File(f.Pos()).LineCount()})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("got %d files, want the whole program", len(all))
	}
	return all
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	var lengths []int
	for _, s := range sources(t) {
		isTest := strings.HasSuffix(s.path, "_test.go")
		if s.lines > mostLinesOfFile && !isTest {
			t.Errorf("%s has %d lines, more than %d", s.path, s.lines, mostLinesOfFile)
		}
		for _, fn := range functions(s) {
			if fn.lines > mostLinesOfFunction {
				t.Errorf("%s: %s has %d lines, more than %d", fn.at, fn.name, fn.lines, mostLinesOfFunction)
			}
			if !isTest {
				lengths = append(lengths, fn.lines)
			}
		}
	}
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; median > medianOfFunctions {
		t.Errorf("half of all functions have more than %d lines, want at most %d", median, medianOfFunctions)
	}
}

type function struct {
	at    token.Position
	name  string
	lines int // without the lines of tables
}

func functions(s source) (all []function) {
	for _, d := range s.file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		lines := span(s.fset, fn.Body) - 1
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if ok && table(lit) {
				lines -= span(s.fset, lit)
				return false
			}
			return true
		})
		all = append(all, function{s.fset.Position(fn.Pos()), fn.Name.Name, lines})
	}
	return all
}

// table tells whether a literal is data: a slice or map of at least five entries.
func table(lit *ast.CompositeLit) bool {
	switch lit.Type.(type) {
	case *ast.ArrayType, *ast.MapType:
		return len(lit.Elts) >= 5
	}
	return false
}

func span(fset *token.FileSet, n ast.Node) int {
	return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line
}

func TestInterfacesStaySmall(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			i, ok := spec.Type.(*ast.InterfaceType)
			name := s.file.Name.Name + "." + spec.Name.Name
			if ok && i.Methods.NumFields() > mostMethods && !slices.Contains(larger, name) {
				t.Errorf("%s: %s has %d methods, more than %d", s.fset.Position(spec.Pos()), name, i.Methods.NumFields(), mostMethods)
			}
			return true
		})
	}
}

func TestEveryExportedNameIsExplained(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		for _, name := range unexplained(s.file) {
			t.Errorf("%s: %s has no doc comment", s.path, name)
		}
	}
}

func unexplained(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil && ts.Comment == nil {
					names = append(names, ts.Name.Name)
				}
			}
		}
	}
	return names
}

// exportedReceiver is false for methods of unexported types, which only fulfil some interface.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	var name string
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return token.IsExported(name) && !implements(d.Name.Name)
}

// implements names methods whose meaning is that of the standard library's interface.
func implements(method string) bool {
	return slices.Contains([]string{"Error", "Unwrap", "String", "ServeHTTP", "UnmarshalYAML", "UnmarshalJSON", "Is"}, method)
}

func TestEveryPackageIsExplained(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		dir := filepath.Dir(s.path)
		if !strings.HasSuffix(s.path, "_test.go") {
			said[dir] = said[dir] || s.file.Doc != nil
		}
	}
	for dir, ok := range said {
		if !ok {
			t.Error(fmt.Sprint(dir, " has no package comment"))
		}
	}
}
