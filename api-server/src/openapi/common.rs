//! What operations answer before or instead of their handlers.

use axum::http::{Method, StatusCode};
use utoipa::openapi::{
    ContentBuilder, Object, OpenApi, PathItem, Ref, Response, ResponseBuilder, Type, header::HeaderBuilder,
    path::Operation,
};

use crate::middleware::identify::class_of;

/// Answers that any handler's request may get from what it passes on its way there: declared once, and listed at every
/// operation that can give them, so that the document is the whole truth.
pub(crate) fn declare_common_answers(openapi: &mut OpenApi) {
    let components = openapi.components.get_or_insert_default();
    for answer in &COMMON {
        components.responses.insert(answer.name.to_owned(), response(answer).into());
    }
    for (path, item) in &mut openapi.paths.paths {
        for (method, operation) in operations(item) {
            for answer in &COMMON {
                if !(answer.given)(&method, path, operation) {
                    continue;
                }
                let status = answer.status.as_str().to_owned();
                let reference = || Ref::from_response_name(answer.name).into();
                operation.responses.responses.entry(status).or_insert_with(reference);
            }
        }
    }
}

/// An answer of a middleware or an extractor.
struct Common {
    name: &'static str,
    status: StatusCode,
    description: &'static str,
    /// Whether it says when to come back.
    waits: bool,
    given: fn(&Method, &str, &Operation) -> bool,
}

const COMMON: [Common; 8] = [
    Common {
        name: "Malformed",
        status: StatusCode::BAD_REQUEST,
        description: "The body or a parameter is not what it should be.",
        waits: false,
        given: |_, _, operation| operation.request_body.is_some() || operation.parameters.is_some(),
    },
    Common {
        name: "ForeignSite",
        status: StatusCode::FORBIDDEN,
        description: "The request comes from another site.",
        waits: false,
        given: |method, _, _| !method.is_safe(),
    },
    Common {
        name: "TooLarge",
        status: StatusCode::PAYLOAD_TOO_LARGE,
        description: "The body is too large.",
        waits: false,
        given: |method, _, _| !method.is_safe(),
    },
    Common {
        name: "WrongType",
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        description: "The body has another type than is taken here.",
        waits: false,
        given: |_, _, operation| operation.request_body.is_some(),
    },
    Common {
        name: "TooMany",
        status: StatusCode::TOO_MANY_REQUESTS,
        description: "Too many requests of this class.",
        waits: true,
        given: |method, path, _| class_of(method, path).is_some(),
    },
    Common {
        name: "Defect",
        status: StatusCode::INTERNAL_SERVER_ERROR,
        description: "Something went wrong on our side.",
        waits: false,
        given: |_, _, _| true,
    },
    Common {
        name: "Busy",
        status: StatusCode::SERVICE_UNAVAILABLE,
        description: "Something that is needed is away, or too many requests are under way.",
        waits: true,
        given: |_, _, _| true,
    },
    Common {
        name: "TooLate",
        status: StatusCode::GATEWAY_TIMEOUT,
        description: "It took too long.",
        waits: false,
        given: |_, _, _| true,
    },
];

fn response(answer: &Common) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorResponse"))).build();
    let response = ResponseBuilder::new().description(answer.description).content("application/json", body);
    if !answer.waits {
        return response.build();
    }
    let seconds = Object::with_type(Type::Integer);
    let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait.")).build();
    response.header("Retry-After", header).build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let every = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    every.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
