package scenario

// ParseUnchecked reads a document without looking at what its parts say about each other, so that random
// documents may also do what comes to nothing.
func ParseUnchecked(data []byte) (*Document, error) {
	v, err := readJSON(data)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	d := r.document(v)
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}
