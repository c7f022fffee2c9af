// Package sim is the kernel under the model: virtual time, an event queue of
// plain data, and seeded streams of random numbers.
//
// Nothing here reads a clock or a global random source. Everything is a value
// or a slice of values, so a world built on it can be copied, compared and
// continued, and two runs from one seed give the same bytes on every platform.
package sim
