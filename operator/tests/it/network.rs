//! Network policies: what may talk to what, by a simulator over the rendered objects.

mod cluster;
mod edges;
mod simulator;
mod simulator_tests;
