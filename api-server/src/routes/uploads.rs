//! Pictures: taking them in, and giving them out.

use axum::{
    body::Body,
    extract::{
        DefaultBodyLimit, Multipart, State,
        multipart::{MultipartError, MultipartRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use phasma_domain::media::{Filename, MAX_BYTES, Variant};
use serde::Serialize;
use tokio::{fs::File, io::AsyncWriteExt, task};
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    clients::object_store::Blob,
    error::{ApiError, ErrorResponse},
    extract::{Json, Path, Viewer},
    media::Refusal,
    services::{
        serve_image::{content_type, open_image},
        store_upload::store_upload,
    },
};

/// Largest request body. Above the picture's own limit, so that a picture that is a little too large is read to the
/// end and its sender gets an answer instead of a broken connection.
const BODY_LIMIT: usize = MAX_BYTES + 8 * 1024 * 1024;
/// A name is never used again, so what it names never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_upload))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .routes(routes!(get_upload))
        .routes(routes!(get_rendition))
}

/// What an upload looks like; only for the documentation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the body is streamed, never held as this")]
struct CreateUploadRequest {
    /// JPEG, PNG, GIF or WebP; at most 20 MB and 50 megapixels.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    image: String,
}

#[derive(Serialize, ToSchema)]
pub struct UploadResponse {
    /// Name of the picture, for a post or an avatar. Unused for an hour, it goes.
    #[schema(example = "0f8fad5bd9cb469fa16570867728950e.webp")]
    filename: String,
}

/// Upload a picture
#[utoipa::path(post, path = "/uploads", tag = "uploads", security(("session" = [])),
    request_body(content = CreateUploadRequest, content_type = "multipart/form-data"),
    responses(
        (status = CREATED, body = UploadResponse),
        (status = BAD_REQUEST, body = ErrorResponse),
        (status = UNAUTHORIZED, body = ErrorResponse),
        (status = PAYLOAD_TOO_LARGE, description = "More than 20 MB.", body = ErrorResponse),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Not a multipart form.", body = ErrorResponse),
        (status = UNPROCESSABLE_ENTITY, description = "Not a picture, damaged, or too many pixels.", body = ErrorResponse),
        (status = TOO_MANY_REQUESTS, description = "Too many requests, or 20 uploads wait for their post.", body = ErrorResponse),
        (status = SERVICE_UNAVAILABLE, body = ErrorResponse),
    ),
)]
async fn create_upload(
    State(app): State<App>,
    viewer: Viewer,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<UploadResponse>), ApiError> {
    let form =
        form.map_err(|_| ApiError::UnsupportedMediaType("Send multipart/form-data with the field `image`."))?;
    let upload = receive(form).await?;
    let filename = store_upload(&app, &viewer, upload.into_std().await).await?;
    Ok((StatusCode::CREATED, Json(UploadResponse { filename: filename.as_str().to_owned() })))
}

/// Streams the field `image` into a file without a name, which goes when it is closed.
async fn receive(mut form: Multipart) -> Result<File, ApiError> {
    while let Some(mut field) = form.next_field().await.map_err(|error| malformed(&error))? {
        if field.name() != Some("image") {
            continue;
        }
        let file = task::spawn_blocking(tempfile::tempfile).await.map_err(ApiError::internal)?;
        let mut file = File::from_std(file.map_err(ApiError::unavailable)?);
        let mut size = 0;
        while let Some(chunk) = field.chunk().await.map_err(|error| malformed(&error))? {
            size += chunk.len();
            if size <= MAX_BYTES {
                file.write_all(&chunk).await.map_err(ApiError::unavailable)?;
            }
        }
        file.flush().await.map_err(ApiError::unavailable)?;
        return if size > MAX_BYTES { Err(Refusal::TooManyBytes.into()) } else { Ok(file) };
    }
    Err(ApiError::Invalid("The form lacks the field `image`.".to_owned()))
}

fn malformed(error: &MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::TooManyBytes.into();
    }
    ApiError::Invalid("The multipart form is malformed or incomplete.".to_owned())
}

/// A picture
#[utoipa::path(get, path = "/uploads/{filename}", tag = "uploads", params(("filename" = String, Path)), responses(
    (status = OK, description = "The picture.", content_type = "image/webp"),
    (status = PARTIAL_CONTENT, description = "The range asked for.", content_type = "image/webp"),
    (status = NOT_MODIFIED, description = "The client has it."),
    (status = NOT_FOUND, body = ErrorResponse),
    (status = RANGE_NOT_SATISFIABLE, body = ErrorResponse),
    (status = SERVICE_UNAVAILABLE, body = ErrorResponse),
))]
async fn get_upload(
    State(app): State<App>,
    Path(filename): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serve(&app, &filename, Some(Variant::Full), &headers).await
}

/// A smaller rendition of a picture
#[utoipa::path(get, path = "/uploads/{filename}/{rendition}", tag = "uploads", params(
    ("filename" = String, Path),
    ("rendition" = String, Path, description = "`320.webp`, `640.webp`, `960.webp`, `1280.webp`, `1920.webp` or \
        `1280.jpg`; never wider than the picture.", example = "640.webp"),
), responses(
    (status = OK, description = "The rendition.", content((String = "image/webp"), (String = "image/jpeg"))),
    (status = PARTIAL_CONTENT, description = "The range asked for.", content((String = "image/webp"), (String = "image/jpeg"))),
    (status = NOT_MODIFIED, description = "The client has it."),
    (status = NOT_FOUND, body = ErrorResponse),
    (status = RANGE_NOT_SATISFIABLE, body = ErrorResponse),
    (status = SERVICE_UNAVAILABLE, body = ErrorResponse),
))]
async fn get_rendition(
    State(app): State<App>,
    Path((filename, rendition)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serve(&app, &filename, Variant::parse_rendition(&rendition), &headers).await
}

/// Answers from the name alone where the client has the picture; else streams it from the object store.
async fn serve(
    app: &App,
    filename: &str,
    variant: Option<Variant>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let not_found = || ApiError::NotFound("Picture not found.");
    let filename = Filename::parse(filename).map_err(|_| not_found())?;
    let variant = variant.ok_or_else(not_found)?;
    let tag = format!("\"{}\"", filename.key(variant));
    let known = [
        (header::ETAG, HeaderValue::try_from(&tag).map_err(ApiError::internal)?),
        (header::CACHE_CONTROL, IMMUTABLE),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    if names(headers, &header::IF_NONE_MATCH, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    let blob = open_image(app, &filename, variant, single_range(headers, &tag)).await?;
    Ok((known, stream(blob, content_type(&filename, variant))).into_response())
}

fn stream(blob: Blob, content_type: &'static str) -> Response {
    let status = if blob.range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let body = Body::from_stream(ReaderStream::new(blob.body.into_async_read()));
    let head = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_LENGTH, blob.length.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let range = blob.range.map(|range| [(header::CONTENT_RANGE, range)]);
    match range {
        Some(range) => (status, head, range, body).into_response(),
        None => (status, head, body).into_response(),
    }
}

/// Whether one of the entity tags in a header is `tag`, or all of them are meant. Weak ones count, as they do for
/// reading.
fn names(headers: &HeaderMap, header: &HeaderName, tag: &str) -> bool {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|sent| sent == "*" || sent.strip_prefix("W/").unwrap_or(sent) == tag)
}

/// The range that is asked for, if it is a single one and, by `If-Range`, of this very picture. Others may be
/// ignored, says RFC 9110, and the whole picture is the answer.
fn single_range<'a>(headers: &'a HeaderMap, tag: &str) -> Option<&'a str> {
    if headers.get(header::IF_RANGE).is_some_and(|sent| sent.as_bytes() != tag.as_bytes()) {
        return None;
    }
    let range = headers.get(header::RANGE)?.to_str().ok()?;
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number =
        |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (first, last) {
        ("", last) => number(last).map(|_| range),
        (first, "") => number(first).map(|_| range),
        (first, last) => (number(first)? <= number(last)?).then_some(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc.webp\"";

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_client_may_name_what_it_has_in_any_form() {
        for sent in ["\"abc.webp\"", "W/\"abc.webp\"", "\"x\", \"abc.webp\"", "*"] {
            assert!(names(&with(header::IF_NONE_MATCH, sent), &header::IF_NONE_MATCH, TAG), "{sent}");
        }
        for sent in ["\"abc\"", "abc.webp", "", "\"x\""] {
            assert!(!names(&with(header::IF_NONE_MATCH, sent), &header::IF_NONE_MATCH, TAG), "{sent}");
        }
    }

    #[test]
    fn one_well_formed_range_is_honoured() {
        for sent in ["bytes=0-99", "bytes=5-", "bytes=-10", "bytes=7-7"] {
            assert_eq!(single_range(&with(header::RANGE, sent), TAG), Some(sent));
        }
        for sent in ["bytes=0-1,5-6", "bytes=9-5", "bytes=-", "bytes=+1-2", "items=0-1", "bytes=a-b"] {
            assert_eq!(single_range(&with(header::RANGE, sent), TAG), None, "{sent}");
        }
    }

    #[test]
    fn a_range_of_another_picture_is_not() {
        let mut headers = with(header::RANGE, "bytes=0-99");
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"other\""));
        assert_eq!(single_range(&headers, TAG), None);
    }
}
