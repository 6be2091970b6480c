"""Images of the local cluster: what goes into each, building, loading."""
