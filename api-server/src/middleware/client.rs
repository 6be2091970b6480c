//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName},
};

use crate::{config::Secret, security::is_one_of};

const FRONTEND_TOKEN: HeaderName = HeaderName::from_static("x-phasma-frontend-token");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address, as an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub String);

/// The peer, or whom the frontend speaks for when it proves to be the frontend.
pub fn client_address(request: &Request, frontend_tokens: &[Secret]) -> ClientAddress {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded =
        is_frontend(request.headers(), frontend_tokens).then(|| forwarded_for(request.headers())).flatten();
    ClientAddress(forwarded.or(peer).map_or_else(|| "unknown".to_owned(), |address| address.to_string()))
}

fn is_frontend(headers: &HeaderMap, tokens: &[Secret]) -> bool {
    headers.get(FRONTEND_TOKEN).is_some_and(|given| is_one_of(given.as_bytes(), tokens))
}

/// The last address: the one the frontend itself saw or vouches for.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let list = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    list.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(token: Option<&str>, forwarded: Option<&str>) -> Request {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 9], 4000))));
        for (name, value) in [(FRONTEND_TOKEN, token), (FORWARDED_FOR, forwarded)] {
            if let Some(value) = value {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        request
    }

    #[test]
    fn only_the_frontend_may_speak_for_others() {
        let tokens = ["s3cret", "f0rmer"].map(|token| token.parse().unwrap());
        let of = |token, forwarded| client_address(&request(token, forwarded), &tokens).0;
        assert_eq!(of(Some("f0rmer"), Some("192.0.2.1")), "192.0.2.1");
        assert_eq!(of(Some("s3cret"), Some("192.0.2.1, 2001:db8::7")), "2001:db8::7");
        assert_eq!(of(Some("s3cret"), Some("nonsense")), "10.0.0.9");
        assert_eq!(of(Some("s3cret"), None), "10.0.0.9");
        assert_eq!(of(Some("wrong"), Some("192.0.2.1")), "10.0.0.9");
        assert_eq!(of(None, Some("192.0.2.1")), "10.0.0.9");
        assert_eq!(client_address(&request(Some("s3cret"), Some("192.0.2.1")), &[]).0, "10.0.0.9");
    }
}
