//! Everything of one's account as one ZIP, written while it is sent: neither the whole nor any picture is ever held.
//! A failure in the middle ends the answer with an error, so that nobody takes a part for the whole.

use std::{io, time::Duration};

use async_zip::{Compression, ZipEntryBuilder, error::ZipError, tokio::write::ZipFileWriter};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use phasma_domain::media::{Filename, Variant};
use phasma_store::export::{self, ItemRow, ProfileRow};
use serde_json::json;
use sqlx::PgPool;
use time::{error::Format, format_description::well_known::Rfc3339};
use tokio::{
    io::DuplexStream,
    sync::{Semaphore, SemaphorePermit},
    time::{error::Elapsed, timeout},
};
use tokio_util::{compat::FuturesAsyncWriteCompatExt, io::ReaderStream};

use crate::{
    app::App,
    clients::object_store::{ObjectStore, ObjectStoreError},
    error::ApiError,
    extract::Viewer,
};

/// Rows read at once.
const PAGE: i64 = 500;
/// Bytes on their way to a client that reads slowly.
const BUFFER: usize = 64 * 1024;

/// Exports at once in a pod, and how long one may take: a client that doesn't read holds a place no longer.
static PLACES: Semaphore = Semaphore::const_new(16);
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Why an export ended before its end.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("the database fails")]
    Database(#[from] sqlx::Error),
    #[error("a picture can't be read")]
    ObjectStore(#[from] ObjectStoreError),
    #[error("the archive can't be written")]
    Zip(#[from] ZipError),
    #[error("nobody reads any more, or a picture broke off")]
    Io(#[from] io::Error),
    #[error("a row can't be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("a time can't be written")]
    Time(#[from] Format),
    #[error("it took too long")]
    TooSlow(#[from] Elapsed),
}

/// The lists of an account, each a file.
#[derive(Clone, Copy)]
enum List {
    Posts,
    Comments,
    Likes,
    Bookmarks,
    Following,
    Followers,
    Blocks,
    Mutes,
}

impl List {
    const ALL: [(&str, Self); 8] = [
        ("posts.json", Self::Posts),
        ("comments.json", Self::Comments),
        ("likes.json", Self::Likes),
        ("bookmarks.json", Self::Bookmarks),
        ("following.json", Self::Following),
        ("followers.json", Self::Followers),
        ("blocks.json", Self::Blocks),
        ("mutes.json", Self::Mutes),
    ];

    async fn page(self, pool: &PgPool, user: i64, after: i64) -> Result<Vec<ItemRow>, sqlx::Error> {
        match self {
            Self::Posts => export::posts(pool, user, after, PAGE).await,
            Self::Comments => export::comments(pool, user, after, PAGE).await,
            Self::Likes => export::likes(pool, user, after, PAGE).await,
            Self::Bookmarks => export::bookmarks(pool, user, after, PAGE).await,
            Self::Following => export::following(pool, user, after, PAGE).await,
            Self::Followers => export::followers(pool, user, after, PAGE).await,
            Self::Blocks => export::blocks(pool, user, after, PAGE).await,
            Self::Mutes => export::mutes(pool, user, after, PAGE).await,
        }
    }
}

/// The bytes of the archive, as they are made.
pub async fn export(
    app: &App,
    viewer: &Viewer,
) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, ApiError> {
    let place = PLACES.try_acquire().map_err(ApiError::unavailable)?;
    let profile = export::profile(&app.pool, viewer.id()).await?;
    let profile = profile.ok_or(ApiError::NotFound("User not found."))?;
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    let archive = Archive {
        zip: ZipFileWriter::with_tokio(ours),
        pool: app.pool.clone(),
        object_store: app.object_store.clone(),
        user: viewer.id(),
        _place: place,
    };
    let writing = tokio::spawn(async move { timeout(LONGEST, archive.write(profile)).await? });
    let end = stream::once(async move {
        writing.await.map_err(io::Error::other)?.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "an export broke off");
            io::Error::other(error)
        })?;
        Ok(Bytes::new())
    });
    // An empty chunk would be the end to some.
    Ok(ReaderStream::new(theirs).chain(end).try_filter(|chunk| std::future::ready(!chunk.is_empty())))
}

/// One archive under way.
struct Archive {
    zip: ZipFileWriter<DuplexStream>,
    pool: PgPool,
    object_store: ObjectStore,
    user: i64,
    _place: SemaphorePermit<'static>,
}

impl Archive {
    async fn write(mut self, profile: ProfileRow) -> Result<(), ExportError> {
        let avatar = profile.avatar.clone();
        self.write_profile(profile).await?;
        for (name, list) in List::ALL {
            self.write_list(name, list).await?;
        }
        self.write_pictures(avatar).await?;
        self.zip.close().await?;
        Ok(())
    }

    async fn write_profile(&mut self, row: ProfileRow) -> Result<(), ExportError> {
        let profile = json!({
            "id": row.public_id,
            "username": row.username,
            "name": row.name,
            "email": row.email,
            "bio": row.bio,
            "avatar": row.avatar.map(|name| format!("pictures/{name}")),
            "created": row.created.format(&Rfc3339)?,
        });
        let entry = ZipEntryBuilder::new("profile.json".into(), Compression::Stored);
        self.zip.write_entry_whole(entry, &serde_json::to_vec_pretty(&profile)?).await?;
        Ok(())
    }

    /// An array with one entry a line.
    async fn write_list(&mut self, name: &str, list: List) -> Result<(), ExportError> {
        use futures::AsyncWriteExt;
        let entry = ZipEntryBuilder::new(name.into(), Compression::Stored);
        let mut file = self.zip.write_entry_stream(entry).await?;
        let mut separator = "[\n";
        let mut after = 0;
        loop {
            let rows = list.page(&self.pool, self.user, after).await?;
            let Some(last) = rows.last() else { break };
            after = last.key;
            for row in &rows {
                file.write_all(format!("{separator}{}", row.item).as_bytes()).await?;
                separator = ",\n";
            }
        }
        let end: &[u8] = if after == 0 { b"[]\n" } else { b"\n]\n" };
        file.write_all(end).await?;
        Ok(file.close().await?)
    }

    /// The pictures of all posts, and the avatar if no post shows it.
    async fn write_pictures(&mut self, mut avatar: Option<String>) -> Result<(), ExportError> {
        let mut after = 0;
        loop {
            let rows = export::pictures(&self.pool, self.user, after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = last.key;
            for name in rows.iter().flat_map(|row| &row.filenames) {
                avatar = avatar.filter(|avatar| avatar != name);
                self.write_picture(name).await?;
            }
        }
        match avatar {
            Some(name) => self.write_picture(&name).await,
            None => Ok(()),
        }
    }

    /// Copies one picture. One that was deleted since it was listed is left out.
    async fn write_picture(&mut self, name: &str) -> Result<(), ExportError> {
        let Ok(filename) = Filename::parse(name) else { return Ok(()) };
        let blob = match self.object_store.get(&filename.key(Variant::Full), None).await {
            Err(ObjectStoreError::NotFound) => return Ok(()),
            answer => answer?,
        };
        let entry = ZipEntryBuilder::new(format!("pictures/{name}").into(), Compression::Stored);
        let mut file = self.zip.write_entry_stream(entry).await?.compat_write();
        let copied = tokio::io::copy(&mut blob.body.into_async_read(), &mut file).await?;
        if copied != blob.length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(file.into_inner().close().await?)
    }
}
