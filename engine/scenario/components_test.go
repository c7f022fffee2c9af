package scenario_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// playBuiltIn runs a built-in scenario with a seed.
func playBuiltIn(t *testing.T, name string, seed uint64, until int64) *model {
	t.Helper()
	data, ok := assets.Scenario(name)
	if !ok {
		t.Fatalf("no scenario is named %s", name)
	}
	s := &model{names: &flow.Names{}, messages: map[flow.MsgID]flow.Message{}}
	w, err := scenario.NewWorld(parse(t, string(data)), seed, s.names, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(until); err != nil {
		t.Fatal(err)
	}
	return s
}

// What services say to each other in the scenarios of OpenStack reads as testdata/hops says, in that order.
func TestHopsOfOpenStackReadLikeThis(t *testing.T) {
	for name, until := range map[string]int64{
		"nova-boot": 5e9, "nova-terminate": 5e9, "heat-stack": 10e9, "openstack-map": 5e9, "rpc-across-components": 17e9, "wsgi-pipeline": 20e9,
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(playBuiltIn(t, name, 1, until).hops(0), "\n") + "\n"
			file := filepath.Join("testdata", "hops", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// inOrder asserts that lines occur in that order, whatever stands between them.
func inOrder(t *testing.T, got []string, lines ...string) {
	t.Helper()
	at := 0
	for _, l := range lines {
		k := slices.Index(got[at:], l)
		if k < 0 {
			t.Errorf("%q is missing or out of order in\n%s", l, strings.Join(got, "\n"))
			return
		}
		at += k + 1
	}
}

func TestBootingAServerGoesTheSameWayAtEverySeed(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		got := playBuiltIn(t, "nova-boot", seed, 5e9).hops(0)
		host := ""
		for _, l := range got {
			if h, ok := strings.CutPrefix(l, "nova-conductor@ctl1 casts compute."); ok {
				host = strings.TrimSuffix(h, " build_and_run_instance")
			}
		}
		compute := "nova-compute@" + host
		inOrder(t, got,
			"horizon asks nova-api@ctl1: POST /servers",
			"nova-api@ctl1 asks keystone: GET /v3/auth/tokens",
			"authtoken of nova-api@ctl1 passes it on",
			"nova-api@ctl1 casts conductor build_instances",
			"nova-conductor@ctl1 runs build_instances",
			"nova-conductor@ctl1 calls scheduler select_destinations",
			"nova-scheduler@ctl1 runs select_destinations",
			"nova-conductor@ctl1 has its answer to select_destinations",
			"nova-conductor@ctl1 casts compute."+host+" build_and_run_instance",
			compute+" runs build_and_run_instance",
			compute+" calls network allocate_for_instance",
			compute+" asks glance-api: GET /v2/images/cirros",
			compute+" fanouts scheduler_fanout update_instance_info",
			"nova-scheduler@ctl1 runs update_instance_info")
		if !slices.Contains(got, "nova-api@ctl1 answers horizon: 202") {
			t.Errorf("seed %d: no 202", seed)
		}
	}
}

func TestOnlyTheHostThatRunsAnInstanceTerminatesIt(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		s := playBuiltIn(t, "nova-terminate", seed, 11e9)
		got := s.hops(0)
		inOrder(t, got,
			"horizon asks nova-api@ctl1: DELETE /servers/vm-7",
			"nova-api@ctl1 casts compute.host2 terminate_instance",
			"nova-compute@host2 runs terminate_instance",
			"nova-compute@host2 notifies notifications.info compute.instance.delete.start",
			"nova-network@ctl1 runs deallocate_for_instance",
			"nova-conductor@ctl1 runs object_action",
			"nova-compute@host2 fanouts scheduler_fanout delete_instance_info",
			"nova-compute@host2 notifies notifications.info compute.instance.delete.end")
		inOrder(t, got, "nova-compute@host2 fanouts scheduler_fanout delete_instance_info", "nova-scheduler@ctl1 runs delete_instance_info")
		answered, gone := int64(0), int64(0)
		for _, e := range s.kinds(flow.RestDone) {
			if s.names.Text(e.Process) == "horizon" {
				answered = e.At
			}
		}
		for _, e := range s.events {
			switch who := s.names.Text(e.Process); {
			case e.Kind == flow.Dispatch && strings.HasPrefix(who, "nova-compute") && who != "nova-compute@host2":
				t.Errorf("%s runs %s", who, s.names.Text(e.Label))
			case e.Kind == flow.Finish && who == "nova-compute@host2":
				gone = e.At
			}
		}
		if answered == 0 || gone < answered {
			t.Errorf("seed %d: answered at %d, gone at %d: the answer does not wait for the work", seed, answered, gone)
		}
	}
}

func TestBothDoorsOfHeatLeadToItsEngines(t *testing.T) {
	engines := map[string]bool{}
	for seed := uint64(1); seed <= 8; seed++ {
		s := playBuiltIn(t, "heat-stack", seed, 12e9)
		doors := map[string]bool{}
		for _, e := range s.events {
			if e.Kind == flow.Reply {
				doors[s.names.Text(e.Process)+" "+s.names.Text(e.Label)] = true
			}
			if e.Kind == flow.Dispatch {
				engines[s.names.Text(e.Process)] = true
			}
			if d := s.messages[e.Msg]; e.Kind == flow.Publish && d.Class == flow.ClassCall && !strings.HasPrefix(s.names.Text(e.Key), "engine") {
				t.Errorf("%s calls %s by RPC", s.names.Text(e.Process), s.names.Text(e.Key))
			}
		}
		for _, d := range []string{"heat-api@ctl1 create_stack", "heat-api-cfn@ctl1 resource_signal", "heat-api-cfn@ctl1 create_stack"} {
			if !doors[d] {
				t.Errorf("seed %d: %s has no answer", seed, d)
			}
		}
	}
	if len(engines) != 2 {
		t.Errorf("the work is spread over %v", engines)
	}
}

// Between components there is REST and nothing else, inside them RPC and nothing else, and REST goes through the door.
func TestTheMapOfOpenStackKeepsRPCInside(t *testing.T) {
	s := playBuiltIn(t, "openstack-map", 1, 12e9)
	component, door := map[flow.Name]string{}, map[flow.Name]bool{}
	for _, e := range s.kinds(flow.ProcessStart) {
		about := s.names.Text(e.Args)
		component[e.Process] = flow.AnatomyOf(about, flow.AnatomyComponent)
		door[e.Process] = flow.AnatomyOf(about, flow.AnatomyDoor) == "yes"
		if component[e.Process] == "" || flow.AnatomyOf(about, flow.AnatomyEntry) == "" && component[e.Process] != "horizon" {
			t.Errorf("%s does not say what it is: %s", s.names.Text(e.Process), about)
		}
	}
	from, seen, across := map[flow.MsgID]flow.Name{}, map[string]bool{}, map[string]bool{}
	for _, e := range s.events {
		switch e.Kind {
		case flow.Publish:
			from[e.Msg] = e.Process
		case flow.Deliver:
			if a, b := component[from[e.Msg]], component[e.Process]; a != b {
				t.Errorf("a message of %s goes to %s", s.names.Text(from[e.Msg]), s.names.Text(e.Process))
			} else {
				seen[a] = true
			}
		case flow.RestRequest:
			across[component[e.Process]+" → "+component[e.Key]] = true
			if component[e.Process] == component[e.Key] || !door[e.Key] {
				t.Errorf("%s asks %s", s.names.Text(e.Process), s.names.Text(e.Key))
			}
		}
	}
	if len(seen) != 4 || len(across) < 9 {
		t.Errorf("RPC inside %v, REST %v", seen, across)
	}
}

func TestAChangedMethodRipplesThroughWhoCallsItByRPC(t *testing.T) {
	const changed = 9e9
	s := playBuiltIn(t, "rpc-across-components", 1, 17e9)
	before, after, failed := map[string]int{}, map[string]int{}, map[string]int{}
	for _, e := range s.events {
		who := s.names.Text(e.Process)
		switch {
		case e.Kind == flow.Reply && e.At < 8500e6:
			before[who]++
		case e.Kind == flow.Reply:
			t.Errorf("%s still has an answer at %d", who, e.At)
		case e.Kind == flow.Failure:
			failed[who]++
			if text := s.names.Text(e.Args); !strings.Contains(text, "UnsupportedVersion Endpoint does not support RPC version 1.0. Attempted method: create_port") {
				t.Errorf("%s reads %q", who, text)
			}
		case e.Kind == flow.RestDone && who == "horizon":
			if e.Count != 201 {
				t.Errorf("horizon gets %d", e.Count)
			}
			if e.At > changed {
				after[who]++
			} else {
				before[who]++
			}
		}
	}
	for _, who := range []string{"nova-compute@host1", "heat-engine@ctl1", "cinder-volume@host1"} {
		if before[who] < 2 || failed[who] < 2 {
			t.Errorf("%s: %d answers before, %d failures after", who, before[who], failed[who])
		}
	}
	if before["horizon"] != 2 || after["horizon"] != 2 {
		t.Errorf("horizon: %d answers before, %d after", before["horizon"], after["horizon"])
	}
}

// The same call over every transport and in both profiles: who asks, who runs, who has the answer. What differs is between.
func TestTheSameCallIsTheSameOverEveryTransport(t *testing.T) {
	want := []string{
		"nova-api calls compute.host1 get_host_uptime",
		"nova-compute@host1 runs get_host_uptime",
		"nova-api has its answer to get_host_uptime",
	}
	topologies := map[string]string{}
	for _, name := range []string{"same-call-modern", "same-call-classic", "same-call-qpid", "same-call-zmq"} {
		s := playBuiltIn(t, name, 1, 3e9)
		got := s.hops(0)
		for i := range got {
			if strings.HasPrefix(got[i], "nova-api calls ") {
				got[i] = want[0] // each transport has its own words for where to
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		between := ""
		for _, e := range s.events {
			if e.Kind == flow.Route {
				between += s.names.Text(e.Exchange) + " → " + s.names.Text(e.Queue) + "; "
			}
		}
		if other := topologies[between]; other != "" || between == "" {
			t.Errorf("%s looks like %q: %s", name, other, between)
		}
		topologies[between] = name
	}
}
