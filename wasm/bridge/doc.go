// Package bridge is the border between the engine and the page: what the page
// asks for comes in through one object and an inbox, what it shows goes out as
// a small block of memory that the page reads in the frame that draws.
//
// Nothing on the way out allocates: texts are written as JSON into buffers that
// are kept, and only when their version changes; places are plain floats.
package bridge
