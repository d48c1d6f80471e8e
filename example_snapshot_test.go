package psutil_test

import (
	"cmp"
	"fmt"
	"log"
	"slices"

	"github.com/go-psutil/psutil"
)

func ExampleProcesses() {
	for p, err := range psutil.Processes() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.PID())
	}
}

func ExampleSnapshot() {
	for info, err := range psutil.Snapshot(psutil.FieldName | psutil.FieldUsername | psutil.FieldStatus) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(info.Process.PID(), info.Username, info.Status, info.Name)
	}
}

// What a Snapshot yields is overwritten by the next: Clone keeps it.
func ExampleSnapshot_largest() {
	var infos []*psutil.ProcessInfo
	for info, err := range psutil.Snapshot(psutil.FieldName | psutil.FieldRSS) {
		if err != nil {
			log.Fatal(err)
		}
		infos = append(infos, info.Clone())
	}
	slices.SortFunc(infos, func(a, b *psutil.ProcessInfo) int { return cmp.Compare(b.RSS, a.RSS) })
	for _, info := range infos[:min(3, len(infos))] {
		fmt.Println(info.Process.PID(), info.Name, psutil.Bytes2Human(info.RSS))
	}
}

// Fields by psutil's names, as a program takes them from its command line.
func ExampleParseFields() {
	fields, err := psutil.ParseFields("name,pid,rss")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(fields == psutil.FieldPID|psutil.FieldName|psutil.FieldRSS)
	for f := range fields.All() {
		fmt.Println(f)
	}
	_, err = psutil.ParseFields("nam")
	fmt.Println(err)
	// Output:
	// true
	// pid
	// name
	// rss
	// fields: unknown field "nam"
}

// Whatever was asked for, without a name for each field.
func ExampleProcessInfo_All() {
	self, err := psutil.Self()
	if err != nil {
		log.Fatal(err)
	}
	info, err := self.Info(psutil.AllFields)
	if err != nil {
		log.Fatal(err)
	}
	for field, value := range info.All() {
		if value == nil {
			fmt.Println(field, "is missing:", info.Err(field))
			continue
		}
		fmt.Println(field, value)
	}
}

// A field that can't be read is no error of the whole.
func ExampleProcessInfo_Err() {
	for info, err := range psutil.Snapshot(psutil.FieldIOCounters) {
		if err != nil {
			log.Fatal(err)
		}
		if err := info.Err(psutil.FieldIOCounters); err != nil {
			log.Print(err)
			continue
		}
		fmt.Println(info.Process.PID(), info.IOCounters.WriteBytes)
	}
}
