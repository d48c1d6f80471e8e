package psutil_test

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// statOnly are the fields that take one file, and no text but names that
// repeat.
const statOnly = psutil.FieldPID | psutil.FieldPPID | psutil.FieldName | psutil.FieldCreateTime | psutil.FieldStatus |
	psutil.FieldTerminal | psutil.FieldPGID | psutil.FieldSID | psutil.FieldNice | psutil.FieldCPUNum | psutil.FieldCPUTimes |
	psutil.FieldNumThreads | psutil.FieldPageFaults | psutil.FieldRSS | psutil.FieldVMS

// psAux are the fields of a row of ps aux.
const psAux = psutil.FieldUsername | psutil.FieldPID | psutil.FieldMemoryPercent | psutil.FieldVMS | psutil.FieldRSS | psutil.FieldNice |
	psutil.FieldStatus | psutil.FieldCreateTime | psutil.FieldCPUTimes | psutil.FieldCmdline

// TestProcessAllocs locks how many allocations each process costs, once its
// name, user and terminal have been met. What a pass costs, whatever the number
// of processes, is not counted: the list of PIDs and the files read once.
func TestProcessAllocs(t *testing.T) {
	if !isRerun(t) {
		// In a namespace of its own, where no other process comes or goes.
		rerun(t, func(cmd *exec.Cmd) { cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS })
		return
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("proc", "/proc", "proc", 0, ""))
	tests := []struct {
		name   string
		fields psutil.Field
		most   float64 // allocations a process
		few    [2]float64
	}{
		{name: "Stat", fields: statOnly},
		{name: "Status", fields: statOnly | psutil.FieldUIDs | psutil.FieldGIDs | psutil.FieldUsername | psutil.FieldNumCtxSwitches},
		{name: "Memory", fields: statOnly | psutil.FieldMemoryInfo | psutil.FieldMemoryInfoEx | psutil.FieldMemoryPercent},
		{name: "IO", fields: statOnly | psutil.FieldIOCounters},
		{name: "Groups", fields: psutil.FieldGroups, most: 3},
		{name: "Rates", fields: statOnly | psutil.SamplerFields&^psutil.FieldNetRate},
		{name: "NetRate", fields: psutil.FieldNetRate, most: 8},
		{name: "Cmdline", fields: psutil.FieldCmdline, most: 2},
		{name: "PsAux", fields: psAux, most: 2},
		{name: "Cgroups", fields: psutil.FieldCgroups, most: 40},
	}
	measure := func(fields psutil.Field) [2]float64 {
		sampler, err := psutil.NewSampler(fields | psutil.FieldCPUPercent)
		must(t, err)
		return [2]float64{
			testing.AllocsPerRun(5, func() {
				for range psutil.Snapshot(fields) {
				}
			}),
			testing.AllocsPerRun(5, func() {
				_, err := sampler.Sample()
				must(t, err)
			}),
		}
	}
	for i := range tests {
		tests[i].few = measure(tests[i].fields)
	}
	const more = 200
	for range more {
		cmd := exec.Command("sleep", "1000")
		must(t, cmd.Start())
		defer cmd.Wait()
		defer cmd.Process.Kill()
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			many := measure(test.fields)
			for i, kind := range []string{"Snapshot", "Sampler"} {
				// The list of PIDs grows now and then.
				const slack = 0.1
				if got := (many[i] - test.few[i]) / more; got > test.most+slack {
					t.Errorf("%s: %v allocations a process, want %v; %v before there were %d more, then %v", kind, got, test.most,
						test.few[i], more, many[i])
				}
			}
		})
	}
}
