// Package tess turns outlines into triangles with soft edges, so that they can
// be painted without multisampling: every boundary carries a band one device
// pixel wide in which coverage falls to nothing.
//
// A [Mesh] is made once in world units and redrawn under any camera: widths are
// kept in the world, the soft band in device pixels ([Batch.Append] applies
// both). The package knows nothing of the library that paints; it builds and is
// tested natively.
package tess
