//! Ports inside the cluster.

pub const API: u16 = 8080;
/// Only for Redpanda Connect: media release.
pub const API_INTERNAL: u16 = 8081;
/// Health and metrics of relay and consumers.
pub const WORKERS_ADMIN: u16 = 9090;
pub const FRONTEND: u16 = 3000;
pub const CONNECT: u16 = 4195;
pub const POSTGRES: u16 = 5432;
pub const CACHE: u16 = 6379;
pub const S3: u16 = 8333;
pub const SEARCH: u16 = 7700;
pub const BROKER: u16 = 9092;
pub const BROKER_ADMIN: u16 = 9644;
/// Between brokers.
pub const BROKER_RPC: u16 = 33145;
