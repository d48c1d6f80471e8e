package psutil_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/go-psutil/psutil"
)

// everybodys are the fields that /proc shows to everybody, for any process that is
// there.
const everybodys = psutil.FieldPID | psutil.FieldPPID | psutil.FieldName | psutil.FieldCreateTime | psutil.FieldStatus | psutil.FieldUsername |
	psutil.FieldUIDs | psutil.FieldGIDs | psutil.FieldGroups | psutil.FieldTerminal | psutil.FieldPGID | psutil.FieldSID | psutil.FieldNice |
	psutil.FieldCPUNum | psutil.FieldCPUTimes | psutil.FieldNumCtxSwitches | psutil.FieldNumThreads | psutil.FieldThreads |
	psutil.FieldMemoryInfo | psutil.FieldMemoryPercent | psutil.FieldPageFaults | psutil.FieldRSS | psutil.FieldVMS

// owners are those that take the right to trace the process.
const owners = psutil.FieldExe | psutil.FieldEnviron | psutil.FieldCwd | psutil.FieldRoot | psutil.FieldNumFDs | psutil.FieldIOCounters |
	psutil.FieldMemoryFootprint | psutil.FieldMemoryMaps | psutil.FieldOpenFiles | psutil.FieldNetConnections | psutil.FieldNamespaces

// TestUnprivileged: nobody sees of a process of root what everybody may, of the rest
// why not, and of itself everything; in a Snapshot, in several goroutines and in a
// Sampler, whose rates come with the fields they need.
func TestUnprivileged(t *testing.T) {
	const rootEnv = "PSUTIL_TEST_OF_ROOT"
	if !isRerun(t) {
		of := exec.Command("sleep", "1000")
		must(t, of.Start())
		defer of.Wait()
		defer of.Process.Kill()
		rerun(t, func(cmd *exec.Cmd) {
			cmd.SysProcAttr.Credential = nobodyCredential()
			cmd.Env = append(cmd.Env, rootEnv+"="+strconv.Itoa(of.Process.Pid))
		})
		return
	}
	ofRoot, err := strconv.Atoi(os.Getenv(rootEnv))
	must(t, err)
	check := func(t *testing.T, info *psutil.ProcessInfo) {
		t.Helper()
		if !info.Has(everybodys) {
			t.Errorf("%v lacks %v", info.Process, everybodys&^info.Valid)
		}
		for f := range owners.All() {
			if own := info.Process.PID() == os.Getpid(); own && !info.Has(f) {
				t.Errorf("the own %v is missing: %v", f, info.Err(f))
			} else if !own && (info.Has(f) || !errors.Is(info.Err(f), psutil.ErrAccessDenied)) {
				t.Errorf("%v of root: %v, %v", f, info.Has(f), info.Err(f))
			}
		}
	}
	for name, opts := range map[string][]psutil.Option{"Snapshot": nil, "Parallel": {psutil.WithParallelism(2)}} {
		t.Run(name, func(t *testing.T) {
			sys, err := psutil.New(opts...)
			must(t, err)
			found := 0
			for info, err := range sys.Snapshot(everybodys | owners) {
				must(t, err)
				if pid := info.Process.PID(); pid == ofRoot || pid == os.Getpid() {
					check(t, info)
					found++
				}
			}
			if found != 2 {
				t.Errorf("%d of 2 processes", found)
			}
		})
	}
	t.Run("Sampler", func(t *testing.T) {
		sampler, err := psutil.NewSampler(everybodys | owners | psutil.SamplerFields)
		must(t, err)
		defer sampler.Close()
		_, err = sampler.Sample()
		must(t, err)
		sample, err := sampler.Sample()
		must(t, err)
		for _, pid := range []int{ofRoot, os.Getpid()} {
			i := find(sample, pid)
			if i < 0 {
				t.Fatalf("no PID %d", pid)
			}
			info := &sample.Processes[i]
			check(t, info)
			rates := psutil.FieldCPUPercent | psutil.FieldCtxSwitchRate | psutil.FieldPageFaultRate
			denied := psutil.FieldIORate | psutil.FieldNetRate
			if pid == os.Getpid() {
				rates, denied = rates|denied, 0
			}
			if !info.Has(rates) {
				t.Errorf("%v lacks %v", info.Process, rates&^info.Valid)
			}
			for f := range denied.All() {
				if info.Has(f) || !errors.Is(info.Err(f), psutil.ErrAccessDenied) {
					t.Errorf("%v of root: %v", f, info.Err(f))
				}
			}
		}
	})
}
