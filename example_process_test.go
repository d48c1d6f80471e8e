package psutil_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os/exec"
	"time"

	"github.com/go-psutil/psutil"
)

// The programs that hold more than a hundredth of the memory.
func Example() {
	mem, err := psutil.VirtualMemory()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f%% of memory in use\n", mem.Percent)
	for p, err := range psutil.Snapshot(psutil.FieldName | psutil.FieldRSS) {
		if err != nil {
			log.Fatal(err)
		}
		if p.RSS > mem.Total/100 {
			fmt.Println(p.Process.PID(), p.Name, psutil.Bytes2Human(p.RSS))
		}
	}
}

func ExampleNewProcess() {
	p, err := psutil.NewProcess(1)
	if err != nil {
		log.Fatal(err)
	}
	name, err := p.Name()
	if err != nil {
		log.Fatal(err)
	}
	started, err := p.CreateTime()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s runs since %s\n", name, started.Format(time.DateTime))
}

// A Process is a value: two of them are equal if they are the same process,
// and not if one only got the PID of the other.
func ExampleProcess() {
	// The tokens would come from Process.Token.
	p, err := psutil.ProcessWithToken(812, 45120)
	if err != nil {
		log.Fatal(err)
	}
	same, err := psutil.ProcessWithToken(812, 45120)
	if err != nil {
		log.Fatal(err)
	}
	later, err := psutil.ProcessWithToken(812, 99321)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p)
	fmt.Println(p == same, p == later)
	owners := map[psutil.Process]string{p: "the backup"}
	fmt.Printf("%q %q\n", owners[same], owners[later])
	// Output:
	// psutil.Process(pid=812, start=45120)
	// true false
	// "the backup" ""
}

// The text of a process carries it to another program.
func ExampleProcess_MarshalText() {
	p, err := psutil.ProcessWithToken(812, 45120)
	if err != nil {
		log.Fatal(err)
	}
	text, err := p.MarshalText()
	if err != nil {
		log.Fatal(err)
	}
	var q psutil.Process
	if err := q.UnmarshalText(text); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %t\n", text, p == q)
	// Output: 812:45120 true
}

// A program that asks a process to end, and makes it after three seconds.
func ExampleProcess_Terminate() {
	cmd := exec.Command("sleep", "60")
	p, err := psutil.StartCommand(cmd)
	if err != nil {
		log.Fatal(err)
	}
	defer cmd.Wait()
	if err := p.Terminate(); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	status, err := p.Wait(ctx)
	if errors.Is(err, psutil.ErrTimeout) {
		err = p.Kill()
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status)
}

func ExampleProcess_Children() {
	self, err := psutil.Self()
	if err != nil {
		log.Fatal(err)
	}
	descendants, err := self.Children(true)
	if err != nil {
		log.Fatal(err)
	}
	for _, child := range descendants {
		fmt.Println(child.PID())
	}
}

// Several things of one process at once: as_dict.
func ExampleProcess_Info() {
	self, err := psutil.Self()
	if err != nil {
		log.Fatal(err)
	}
	info, err := self.Info(psutil.FieldName | psutil.FieldUsername | psutil.FieldMemoryInfo | psutil.FieldIOCounters)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Name, info.Username, info.MemoryInfo.RSS)
	if info.Has(psutil.FieldIOCounters) { // the kernel may not tell
		fmt.Println(info.IOCounters.ReadBytes)
	}
}

// What each descriptor of a process stands for.
func ExampleProcess_OpenFDs() {
	self, err := psutil.Self()
	if err != nil {
		log.Fatal(err)
	}
	fds, err := self.OpenFDs()
	if err != nil {
		log.Fatal(err)
	}
	for _, fd := range fds {
		fmt.Printf("%d %s %q\n", fd.FD, fd.Kind, fd.Path)
	}
}

// A child is a process like any other. It is still reaped by its Cmd.
func ExampleStartCommand() {
	cmd := exec.Command("sleep", "60")
	p, err := psutil.StartCommand(cmd)
	if err != nil {
		log.Fatal(err)
	}
	if err := p.SetNice(19); err != nil {
		log.Print(err)
	}
	if err := p.Terminate(); err != nil {
		log.Print(err)
	}
	fmt.Println(cmd.Wait())
}

// Asks all children to end, and kills those that are left.
func ExampleWaitProcs() {
	self, err := psutil.Self()
	if err != nil {
		log.Fatal(err)
	}
	children, err := self.Children(true)
	if err != nil {
		log.Fatal(err)
	}
	for _, child := range children {
		if err := child.Terminate(); err != nil && !errors.Is(err, psutil.ErrNoSuchProcess) {
			log.Print(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, alive, err := psutil.WaitProcs(ctx, children, func(p psutil.Process, status psutil.ExitStatus) {
		fmt.Println(p.PID(), status)
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, child := range alive {
		if err := child.Kill(); err != nil && !errors.Is(err, psutil.ErrNoSuchProcess) {
			log.Print(err)
		}
	}
}
