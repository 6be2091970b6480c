//! Uploaded pictures: from a hostile file to clean objects ready for storage.
//!
//! The crate `phasma-media` reads the header and refuses what is no picture or too large before anything is decoded.
//! `Decoder` then runs `phasma-api decode` (`child`) on the file: a process of its own, without the server's secrets, bounded in
//! memory and time, so that a bomb or a panic costs one upload and never the server. The child decodes,
//! brings the colours to sRGB, shrinks, encodes, and answers in frames (`wire`).
//! Only re-encoded pixels leave: metadata and whatever else the file carried stay behind.

pub mod child;
mod decoder;
mod wire;

pub use decoder::{DecodeError, Decoder};
pub use phasma_media::{Object, Picture, Refusal};
