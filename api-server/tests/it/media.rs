//! The decoder's child process: what it may, and what its failures cost.

use std::{
    fs::{self, File},
    io::{Cursor, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use futures::future::{join_all, poll_immediate};
use image::{DynamicImage, ImageFormat};
use phasma_api::media::{DecodeError, Decoder, Refusal};
use tempfile::TempDir;

use crate::support::picture::encoded;

const PROGRAM: &str = env!("CARGO_BIN_EXE_phasma-api");
const PATIENCE: Duration = Duration::from_secs(20);

/// An upload that holds `bytes`, in a file without a name.
fn upload(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn picture() -> File {
    upload(&encoded(60, 40, ImageFormat::Png))
}

/// A program that does as `script` says, in place of the decoder.
fn program(folder: &TempDir, script: &str) -> PathBuf {
    let path = folder.path().join("program");
    fs::write(&path, format!("#!/bin/sh\ncd {}\n{script}\n", folder.path().display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Waits until `found` finds something.
async fn eventually<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The number that a program wrote into a file, once it has.
fn process_id(file: &Path) -> Option<u32> {
    fs::read_to_string(file).ok()?.strip_suffix('\n')?.parse().ok()
}

#[tokio::test]
async fn the_largest_picture_fits_into_the_child() {
    let mut png = Cursor::new(Vec::new());
    DynamicImage::new(10_000, 5_000, image::ColorType::Rgb8).write_to(&mut png, ImageFormat::Png).unwrap();
    let picture = Decoder::new(PROGRAM.into()).decode(upload(png.get_ref())).await.unwrap();
    assert_eq!((picture.width, picture.height, picture.objects.len()), (2560, 1280, 7));
}

#[tokio::test]
async fn the_child_limits_itself_before_it_reads() {
    let mut child = Command::new(PROGRAM)
        .arg("decode")
        .env_clear()
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let path = format!("/proc/{}/limits", child.id());
    let limits =
        eventually(|| fs::read_to_string(&path).ok().filter(|text| text.contains("805306368"))).await;
    let line = |name: &str| limits.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert_eq!(line("Max address space").split_whitespace().nth(4), Some("805306368"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_killed_or_panicking_child_is_the_pictures_fault() {
    for end in ["kill -KILL $$", "kill -ABRT $$", "exit 101"] {
        let folder = TempDir::new().unwrap();
        let answer = Decoder::new(program(&folder, end)).decode(picture()).await;
        assert!(matches!(answer, Err(DecodeError::Refused(Refusal::TooComplex))), "{end}: {answer:?}");
    }
}

#[tokio::test]
async fn a_child_that_does_not_start_or_work_is_not() {
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let programs = [
        PathBuf::from("/nowhere/phasma-api"),
        program(&folders[0], "exit 1"),
        program(&folders[1], "exit 0"),
    ];
    for path in programs {
        let answer = Decoder::new(path.clone()).decode(picture()).await;
        assert!(matches!(answer, Err(DecodeError::Unavailable(_))), "{path:?}: {answer:?}");
    }
}

#[tokio::test]
async fn the_child_knows_no_secrets() {
    let folder = TempDir::new().unwrap();
    let _ = Decoder::new(program(&folder, "env > seen")).decode(picture()).await;
    let seen = fs::read_to_string(folder.path().join("seen")).unwrap();
    assert!(!seen.contains("PHASMA_") && !seen.contains("HOME"), "{seen}");
}

#[tokio::test]
async fn who_goes_away_takes_the_child_along() {
    let folder = TempDir::new().unwrap();
    let decoder = Decoder::new(program(&folder, "echo $$ > id; exec sleep 600"));
    let task = tokio::spawn(async move { decoder.decode(picture()).await });
    let id = eventually(|| process_id(&folder.path().join("id"))).await;
    task.abort();
    let gone = || fs::read_to_string(format!("/proc/{id}/stat")).map_or(true, |stat| stat.contains(") Z "));
    eventually(|| gone().then_some(())).await;
}

#[tokio::test]
async fn a_full_house_turns_away_at_once() {
    let folder = TempDir::new().unwrap();
    let decoder = Decoder::new(program(&folder, "exec sleep 600"));
    let mut waiting: Vec<_> = (0..32).map(|_| Box::pin(decoder.decode(picture()))).collect();
    for one in &mut waiting {
        assert!(poll_immediate(one).await.is_none());
    }
    assert!(matches!(decoder.decode(picture()).await, Err(DecodeError::Busy)));
    drop(waiting);
    let next = decoder.decode(upload(b"no picture"));
    assert!(matches!(next.await, Err(DecodeError::Refused(Refusal::NotAPicture))));
}

#[tokio::test]
async fn many_at_once_wait_for_each_other() {
    let decoder = Decoder::new(PROGRAM.into());
    let all = join_all((0..12).map(|_| decoder.decode(picture()))).await;
    assert!(all.iter().all(Result::is_ok));
}
