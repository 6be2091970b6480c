//! The HTTP API: `routes` speak HTTP, `services` run one use case each, `clients` reach other systems, and SQL stays
//! in `phasma_store`. Control flows one way: middleware, extract, routes, services, store and clients.

pub mod admin;
pub mod app;
pub mod breaker;
pub mod cli;
pub mod clients;
pub mod config;
pub mod error;
pub mod extract;
pub mod internal;
pub mod limits;
pub mod media;
pub mod middleware;
pub mod openapi;
pub mod responses;
pub mod router;
pub mod routes;
pub mod security;
pub mod server;
pub mod services;
pub mod telemetry;
pub mod trouble;
