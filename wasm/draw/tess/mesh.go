package tess

import "rpcscope/engine/scene"

// Vertex is a corner that has not met a camera yet. On the screen it stands at
//
//	(X, Y) through the camera + (NX, NY) × (Half × zoom + Soft/2) + (OX, OY)
//
// with Soft and (OX, OY) in device pixels.
type Vertex struct {
	X, Y   float32
	NX, NY float32
	OX, OY float32
	// Half is half the width of the stroke, in world units; 0 for fills.
	Half float32
	// Soft is +1 on the outer rim of the soft band, −1 on its inner rim, 0 on a centre line.
	Soft float32
	// Alpha is coverage × opacity, 0..1.
	Alpha float32
	Paint scene.Paint
}

// Mesh is triangles of several layers in painting order.
type Mesh struct {
	V []Vertex
	// I holds three indices a triangle.
	I []uint32
}

// Reset empties m and keeps its memory.
func (m *Mesh) Reset() { m.V, m.I = m.V[:0], m.I[:0] }

// Mark is a place in a mesh: what lies between two marks can be drawn alone.
type Mark struct{ V, I int }

// Mark returns the end of m.
func (m *Mesh) Mark() Mark { return Mark{len(m.V), len(m.I)} }

func (m *Mesh) add(v Vertex) uint32 {
	m.V = append(m.V, v)
	return uint32(len(m.V) - 1)
}

func (m *Mesh) tri(a, b, c uint32) { m.I = append(m.I, a, b, c) }

func (m *Mesh) quad(a, b, c, d uint32) { m.I = append(m.I, a, b, c, a, c, d) }
