"""Example accounts and photographs, put in through the public forms."""
