package livebridge

import "time"

// coverage compares what the tap saw with what the broker counted.
type coverage struct {
	asked time.Time
	seen  uint64 // publishes that the tap received
	// lately holds how many had been seen when the latest seconds with traffic began.
	lately [8]struct {
		second int64
		seen   uint64
	}
	// The counts and the time at which comparing began.
	begun               bool
	at                  time.Time
	seenThen, countThen uint64
	// The latest comparison.
	share float64
	known bool
}

// The broker's counters lag by up to 5 s: comparing begins when they no longer
// hold publishes from before the tap, takes off what was seen while they
// lagged, and says nothing until the rest is large enough. So a share below 1
// tells of a loss; a loss of the newest moments shows a little later.
const (
	counterLag  = 6 * time.Second
	coverageMin = 20 * time.Second
	// coverageLeast is how many publishes are compared at least: of few, those that are on their way would make a difference.
	coverageLeast = 100
)

// saw notes a publish.
func (c *coverage) saw(now time.Time) {
	second := now.Unix()
	if m := &c.lately[second%int64(len(c.lately))]; m.second != second {
		m.second, m.seen = second, c.seen
	}
	c.seen++
}

// seenBy is how many had been seen at t, at most as long ago as lately reaches.
func (c *coverage) seenBy(t time.Time) uint64 {
	seen := c.seen
	for i := range c.lately {
		if m := &c.lately[i]; m.second > t.Unix() {
			seen = min(seen, m.seen)
		}
	}
	return seen
}

// counted takes the broker's count of publishes; the tap is connected since.
func (c *coverage) counted(published uint64, since, now time.Time) {
	if now.Sub(since) < counterLag {
		return
	}
	// Counters of a restarted node, or of deleted objects, go back.
	if !c.begun || published < c.countThen {
		c.begun, c.at, c.countThen, c.known = true, now, published, false
		c.seenThen = c.seenBy(now.Add(-counterLag))
		return
	}
	total := published - c.countThen
	if now.Sub(c.at) < coverageMin || total < coverageLeast {
		return
	}
	c.share, c.known = min(1, float64(c.seen-c.seenThen)/float64(total)), true
}

// coverage is the worst of the virtual hosts', nil when none is known.
func (m *monitor) coverage() *float64 {
	var worst *float64
	for _, v := range m.vhosts {
		if v.coverage.known && (worst == nil || v.coverage.share < *worst) {
			share := v.coverage.share
			worst = &share
		}
	}
	return worst
}
