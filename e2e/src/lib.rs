//! What the tests of the whole platform share: a way to wait for a condition, a person who uses the website by its
//! forms alone, and a hand on the cluster. They run against whatever cluster KUBECONFIG names and whatever address
//! PHASMA_E2E_URL gives, so one set of tests serves every kind of cluster.

pub mod installation;
pub mod load;
pub mod person;
pub mod wait;
