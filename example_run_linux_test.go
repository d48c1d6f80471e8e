package psutil_test

import (
	"bytes"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machineExamples are the examples that print what this machine is like, which go test
// has nothing to compare with, and so would only compile.
var machineExamples = map[string]func(){
	"Example":                       Example,
	"ExampleCPUCountUsable":         ExampleCPUCountUsable,
	"ExampleCPUFreq":                ExampleCPUFreq,
	"ExampleCPUInfo":                ExampleCPUInfo,
	"ExampleCPUPercent":             ExampleCPUPercent,
	"ExampleCgroupLimits":           ExampleCgroupLimits,
	"ExampleDiskIO_Since":           ExampleDiskIO_Since,
	"ExampleDiskUsage":              ExampleDiskUsage,
	"ExampleNetConnections":         ExampleNetConnections,
	"ExampleNetConnectionsSeq":      ExampleNetConnectionsSeq,
	"ExampleNetIOCountersPerNIC":    ExampleNetIOCountersPerNIC,
	"ExampleNetIfAddrs":             ExampleNetIfAddrs,
	"ExampleNetIfStats":             ExampleNetIfStats,
	"ExampleNewProcess":             ExampleNewProcess,
	"ExamplePressure":               ExamplePressure,
	"ExampleProcessInfo_All":        ExampleProcessInfo_All,
	"ExampleProcessInfo_Err":        ExampleProcessInfo_Err,
	"ExampleProcess_Children":       ExampleProcess_Children,
	"ExampleProcess_Info":           ExampleProcess_Info,
	"ExampleProcess_NetConnections": ExampleProcess_NetConnections,
	"ExampleProcess_OpenFDs":        ExampleProcess_OpenFDs,
	"ExampleProcess_Terminate":      ExampleProcess_Terminate,
	"ExampleProcesses":              ExampleProcesses,
	"ExampleSampler":                ExampleSampler,
	"ExampleSampler_started":        ExampleSampler_started,
	"ExampleSensorsBattery":         ExampleSensorsBattery,
	"ExampleSensorsTemperatures":    ExampleSensorsTemperatures,
	"ExampleSnapshot":               ExampleSnapshot,
	"ExampleSnapshot_largest":       ExampleSnapshot_largest,
	"ExampleStartCommand":           ExampleStartCommand,
	"ExampleUptime":                 ExampleUptime,
	"ExampleUsers":                  ExampleUsers,
	"ExampleVirtualMemory":          ExampleVirtualMemory,
	"ExampleWaitProcs":              ExampleWaitProcs,
	"ExampleWinService":             ExampleWinService,
	"ExampleWinServices":            ExampleWinServices,
	"ExampleWithRoot":               ExampleWithRoot,
	"Example_errors":                Example_errors,
}

const exampleVariable = "PSUTIL_EXAMPLE"

// TestExampleHelper is the program of one example, in a process of its own.
func TestExampleHelper(t *testing.T) {
	name := os.Getenv(exampleVariable)
	if name == "" {
		t.Skip("it is run by TestExamples")
	}
	machineExamples[name]()
}

// TestExamples runs every example that go test does not run. What it may end with is
// that something is not supported, as on a machine without a battery, or may not be
// known of another user's process.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("example_*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var (
		fset   = token.NewFileSet()
		syntax []*ast.File
	)
	for _, name := range files {
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		syntax = append(syntax, file)
	}
	ran := make(map[string]bool)
	for _, e := range doc.Examples(syntax...) {
		name := "Example" + e.Name
		if e.Output != "" || e.EmptyOutput {
			continue
		}
		ran[name] = true
		if machineExamples[name] == nil {
			t.Errorf("%s is run by nobody", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestExampleHelper$")
			cmd.Env = append(os.Environ(), exampleVariable+"="+name)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			said := strings.TrimSpace(stderr.String())
			if expected := strings.Contains(said, "not supported") || strings.Contains(said, "access denied"); (err != nil || said != "") && !expected {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
	for name := range machineExamples {
		if !ran[name] {
			t.Errorf("no %s, or go test runs it", name)
		}
	}
}
