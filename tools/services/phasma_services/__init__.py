"""The services of Phasma as plain processes: standard library only, loopback only."""
