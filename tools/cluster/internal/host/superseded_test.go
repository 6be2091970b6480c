package host

import (
	"slices"
	"testing"
)

func TestOnlyOlderImagesOfTheSameRepositoriesAreSuperseded(t *testing.T) {
	const listing = `REF TYPE DIGEST SIZE
localhost/a:1 type sha256:d1 1 MiB
localhost/a:2 type sha256:d2 1 MiB
localhost/a:same type sha256:d2 1 MiB
localhost/other:1 type sha256:d3 1 MiB
sha256:c1 type sha256:d1 1 MiB
sha256:c2 type sha256:d2 1 MiB
sha256:c3 type sha256:d3 1 MiB
`
	found := superseded(listing, []string{"localhost/a:2"})
	expected := []string{"localhost/a:1", "localhost/a:same", "sha256:c1"}
	if !slices.Equal(found, expected) {
		t.Errorf("%v", found)
	}
	if found := superseded(listing, nil); found != nil {
		t.Errorf("nothing is current: %v", found)
	}
}
