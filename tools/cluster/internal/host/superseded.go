package host

import (
	"context"
	"strings"

	"phasma.dev/tools/cluster/internal/layout"
)

// RemoveSuperseded removes the images of the current ones' repositories that have another tag. Pods that still run from
// one go on. Without it, each build would leave an image behind.
func RemoveSuperseded(ctx context.Context, l layout.Layout, current []string) error {
	listing, err := ctr(ctx, l, "images", "list")
	if err != nil {
		return err
	}
	names := superseded(listing, current)
	if len(names) == 0 {
		return nil
	}
	_, err = ctr(ctx, l, append([]string{"images", "remove", "--sync"}, names...)...)
	return err
}

// superseded reads a listing whose lines begin with name, type and digest. An image has further names, by its digest,
// which would keep its content.
func superseded(listing string, current []string) []string {
	kept, repositories := map[string]bool{}, map[string]bool{}
	for _, reference := range current {
		kept[reference] = true
		repositories[repository(reference)] = true
	}
	type image struct{ name, digest string }
	var images []image
	gone, needed := map[string]bool{}, map[string]bool{}
	for _, line := range strings.Split(listing, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		found := image{fields[0], fields[2]}
		images = append(images, found)
		switch {
		case strings.HasPrefix(found.name, "sha256:"):
		case repositories[repository(found.name)] && !kept[found.name]:
			gone[found.digest] = true
		default:
			needed[found.digest] = true
		}
	}
	var names []string
	for _, found := range images {
		isOld := repositories[repository(found.name)] && !kept[found.name]
		isItsDigest := strings.HasPrefix(found.name, "sha256:") && gone[found.digest] && !needed[found.digest]
		if isOld || isItsDigest {
			names = append(names, found.name)
		}
	}
	return names
}

func repository(reference string) string {
	name, _, _ := strings.Cut(reference, ":")
	return name
}
