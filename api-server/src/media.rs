//! Uploaded pictures: from a hostile file to clean objects ready for storage.
//!
//! `inspect` reads the header and refuses what is no picture or too large before anything is decoded. `Decoder` then
//! runs `phasma-api decode` (`child`) on the file: a process of its own, without the server's secrets, bounded in
//! memory and time, so that a bomb or a panic costs one upload and never the server. The child decodes (`pixels`),
//! brings the colours to sRGB (`colour`), shrinks and encodes (`render`), and answers in frames (`wire`).
//! Only re-encoded pixels leave: metadata and whatever else the file carried stay behind.

pub mod child;
mod colour;
mod decoder;
mod inspect;
mod pixels;
mod refusal;
mod render;
mod scale;
mod wire;

pub use decoder::{DecodeError, Decoder};
pub use refusal::Refusal;
pub use render::{Object, Picture};
