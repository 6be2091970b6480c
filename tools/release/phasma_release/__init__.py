"""What a release consists of, built so that the same commit gives the same bytes."""
