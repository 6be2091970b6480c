//! What the decoding child writes to its standard output: the length of a JSON header as four bytes, big end first,
//! the header, then the bytes of each object it names, one after the other.

use std::io::{self, Read, Write};

use phasma_domain::media::Variant;
use serde::{Deserialize, Serialize};

use super::{Object, Picture, Refusal};

/// Largest header that is believed.
const MAX_HEADER: u32 = 16 * 1024;
/// Largest objects that are believed, together: far above what a picture within the limits encodes to.
const MAX_OBJECTS: u64 = 64 * 1024 * 1024;
/// Largest answer worth reading.
pub(super) const MAX_ANSWER: u64 = 4 + MAX_HEADER as u64 + MAX_OBJECTS;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Header {
    Refused(Refusal),
    Accepted { width: u32, height: u32, thumbhash: Vec<u8>, objects: Vec<(Variant, u64)> },
}

/// Writes the answer of one decoding.
pub(super) fn write(out: &mut impl Write, answer: &Result<Picture, Refusal>) -> io::Result<()> {
    let header = match answer {
        Err(refusal) => Header::Refused(*refusal),
        Ok(picture) => Header::Accepted {
            width: picture.width,
            height: picture.height,
            thumbhash: picture.thumbhash.clone(),
            objects: picture.objects.iter().map(|o| (o.variant, o.bytes.len() as u64)).collect(),
        },
    };
    let header = serde_json::to_vec(&header)?;
    let length = u32::try_from(header.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&header)?;
    for object in answer.iter().flat_map(|picture| &picture.objects) {
        out.write_all(&object.bytes)?;
    }
    out.flush()
}

/// Reads an answer. The child is not trusted: it had a hostile file in its hands.
pub(super) fn read(mut from: impl Read) -> io::Result<Result<Picture, Refusal>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_HEADER {
        return Err(io::Error::other("the decoder's header is too long"));
    }
    let header = serde_json::from_slice(&take(&mut from, length.into())?)?;
    let (width, height, thumbhash, sizes) = match header {
        Header::Refused(refusal) => return Ok(Err(refusal)),
        Header::Accepted { width, height, thumbhash, objects } => (width, height, thumbhash, objects),
    };
    if sizes
        .iter()
        .try_fold(0_u64, |sum, (_, size)| sum.checked_add(*size))
        .is_none_or(|sum| sum > MAX_OBJECTS)
    {
        return Err(io::Error::other("the decoder's objects are too large"));
    }
    let objects = sizes
        .into_iter()
        .map(|(variant, size)| Ok(Object { variant, bytes: take(&mut from, size)? }))
        .collect::<io::Result<_>>()?;
    Ok(Ok(Picture { width, height, thumbhash, objects }))
}

fn take(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if from.by_ref().take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        let object = |variant, bytes: &[u8]| Object { variant, bytes: bytes.to_vec() };
        let objects = vec![object(Variant::Full, b"full"), object(Variant::WebP(320), b"small")];
        Picture { width: 4, height: 3, thumbhash: vec![1, 2, 3], objects }
    }

    #[test]
    fn answers_come_back_as_they_were() {
        for answer in [Ok(picture()), Err(Refusal::Damaged)] {
            let mut bytes = Vec::new();
            write(&mut bytes, &answer).unwrap();
            assert_eq!(read(bytes.as_slice()).unwrap(), answer);
        }
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        let mut bytes = Vec::new();
        write(&mut bytes, &Ok(picture())).unwrap();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn claims_beyond_the_limits_are_errors() {
        assert!(read([0xff; 64].as_slice()).is_err());
        let header = br#"{"accepted":{"width":1,"height":1,"thumbhash":[],"objects":[["full",18446744073709551615],["full",2]]}}"#;
        let bytes = [&(header.len() as u32).to_be_bytes(), header.as_slice()].concat();
        assert!(read(bytes.as_slice()).is_err());
    }
}
