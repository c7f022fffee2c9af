package oracle

import (
	"flag"
	"os"
	"strings"
	"testing"

	"rpcscope/livebridge/rabbittest"
)

var (
	programs = flag.Int("programs", 1000, "how many random programs to run on the model and on RabbitMQ")
	seed     = flag.Uint64("seed", 1, "the seed of the first program")
	record   = flag.Bool("record", false, "record a broker's answers to programs and scripts")
	workers  = flag.Int("workers", 12, "how many programs to run at a time")
	failures = flag.Int("failures", 3, "after how many differences to give up")
)

func TestMain(m *testing.M) { os.Exit(rabbittest.Main(m)) }

// TestTheModelAgreesWithRabbitMQ is the oracle.
func TestTheModelAgreesWithRabbitMQ(t *testing.T) {
	var lengths []int
	result, err := Check(rabbittest.Shared(t), Config{
		Programs: *programs, Seed: *seed, Workers: *workers, Failures: *failures, Log: t.Logf,
		Each: func(_ uint64, p Program, _ Answers) { lengths = append(lengths, len(p)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d programs in %v; %d differ, %d differed once", result.Programs, result.Took, len(result.Differences), len(result.Once))
	if len(lengths) > 0 {
		figure(t, "on RabbitMQ 3.10.8: %d programs from seed %d on, %s: %d differences", result.Programs, *seed, middle(lengths), len(result.Differences))
	}
	for seed := range result.Differences {
		t.Errorf("seed %d: see above", seed)
	}
}

// company is how many programs share an event.
const companySize = 64

func TestTheModelAgreesAboutARestart(t *testing.T) { agreeAbout(t, Restart) }
func TestTheModelAgreesAboutAnAlarm(t *testing.T)  { agreeAbout(t, AlarmOn) }

func agreeAbout(t *testing.T, event Verb) {
	rabbit := rabbittest.Shared(t)
	if rabbit.PID() == 0 { // another process runs it
		own, err := rabbittest.Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer own.Stop()
		rabbit = own
	}
	var all []Program
	for i := range uint64(companySize) {
		all = append(all, GenerateEvent(*seed+i, event))
	}
	different, err := CheckEvents(rabbit, all)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range different {
		t.Errorf("seed %d:\n%s", *seed+uint64(i), d)
	}
	figure(t, "on RabbitMQ 3.10.8: %d programs that share one %s: %d differences", len(all), strings.TrimSuffix(verbName(event), "-on"), len(different))
}

var scriptFile = flag.String("script", "", "a script to run on both sides")

// TestOneScript shows what both sides make of the script that -script names.
func TestOneScript(t *testing.T) {
	if *scriptFile == "" {
		t.Log("no -script")
		return
	}
	text, err := os.ReadFile(*scriptFile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(rabbittest.Shared(t), "script")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	d, answers, err := w.Run(p)
	t.Log("\n" + p.Script(answers))
	if err != nil {
		t.Fatal(err)
	}
	if d != nil {
		t.Error(d)
	}
}

// TestProgramsAreWhatTheyShouldBe measures the generator.
func TestProgramsAreWhatTheyShouldBe(t *testing.T) {
	var m Meter
	var lengths []int
	for s := range uint64(1000) {
		p := Generate(*seed + s)
		lengths = append(lengths, len(p))
		m.Add(p)
		if again, err := Parse(p.String()); err != nil || again.String() != p.String() {
			t.Fatalf("seed %d: a program is not what it reads as: %v", *seed+s, err)
		}
		if !Sound(p) {
			t.Fatalf("seed %d: the generator breaks its own rules:\n%s", *seed+s, p)
		}
	}
	for i := range uint64(companySize) {
		m.Add(GenerateEvent(*seed+i, Restart))
		m.Add(GenerateEvent(*seed+i, AlarmOn))
	}
	shown := middle(lengths)
	t.Logf("%s\n%s", shown, &m)
	all := figure(t, "programs: 1,000 of %s, and %d around restarts and alarms; %d features with effect in %d of 1,000 or more", shown, 2*companySize, len(features), m.least())
	if besides := provenBy(t); *seed == 1 {
		inReadme(t, all, besides)
	}
	if lengths[500] < 40 {
		t.Errorf("the median program has %d operations, not 40", lengths[500])
	}
	for _, name := range m.Below(50) {
		t.Errorf("%s: an effect in fewer than 50 of 1,000 programs", name)
	}
}
