//! From the bytes of an upload to clean pictures: recognise, decode, turn upright, bring to sRGB, shrink, encode anew.
//! Pure, and a crate of its own because it is the one part that must be optimised even in builds made to be fast:
//! the image crates are generic, and generic code is compiled where it is used.
//!
//! Input is hostile. Whoever calls `decode` does so in a process that may be lost.

mod colour;
mod inspect;
mod pixels;
mod refusal;
mod render;
mod scale;

pub use inspect::{InspectError, inspect};
pub use pixels::decode;
pub use refusal::Refusal;
pub use render::{Object, Picture, render};
