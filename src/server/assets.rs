//! The built site: addresses with a hash of the content, compressed forms made at build time, caching for ever.

use crate::server::site;
use crate::ui::assets::AssetUrls;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// An address with a hash names this content and no other.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A plain address may get another content with the next release: ask, with the hash as the tag.
const ASK_FIRST: &str = "no-cache";

/// One file with its compressed forms.
#[derive(Debug)]
struct Asset {
    kind: String,
    tag: HeaderValue,
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// The files of the site. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// By address, with the hash or without: the file, and whether the address has the hash.
    by_address: Arc<HashMap<String, (Arc<Asset>, bool)>>,
    urls: AssetUrls,
    /// The folder to read anew at each request, while a developer's tool rebuilds it.
    watched: Option<Arc<Path>>,
}

impl Assets {
    /// Reads the site: from inside the program where it is there, else from the folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let mut assets = Self::new(site::files(folder)?);
        if site::MAY_CHANGE && std::env::var_os("LEPTOS_WATCH").is_some() {
            // Plain addresses, which the developer's tool knows.
            assets.urls = AssetUrls::default();
            assets.watched = Some(folder.into());
        }
        Ok(assets)
    }

    fn new(mut files: HashMap<String, Bytes>) -> Self {
        let names: Vec<String> = files.keys().filter(|name| !is_compressed(name)).cloned().collect();
        let (mut by_address, mut urls) = (HashMap::new(), HashMap::new());
        for name in names {
            let Some(plain) = files.remove(&name) else { continue };
            let hash = hash(&plain);
            let hashed = with_hash(&name, &hash);
            let Ok(tag) = HeaderValue::from_str(&format!("W/\"{hash}\"")) else {
                continue;
            };
            let kind = mime_guess::from_path(&name).first_or_octet_stream();
            let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
            let asset = Arc::new(Asset {
                kind: format!("{kind}{charset}"),
                tag,
                gzip: files.remove(&format!("{name}.gz")),
                brotli: files.remove(&format!("{name}.br")),
                plain,
            });
            by_address.insert(format!("/{hashed}"), (asset.clone(), true));
            by_address.insert(format!("/{name}"), (asset, false));
            urls.insert(name, format!("/{hashed}"));
        }
        Self {
            by_address: Arc::new(by_address),
            urls: AssetUrls::new(urls),
            watched: None,
        }
    }

    /// The addresses that pages name.
    pub fn urls(&self) -> &AssetUrls {
        &self.urls
    }

    /// The answer to a request for `path`; `None` where the site has no such file.
    pub fn respond(&self, path: &str, request: &HeaderMap) -> Option<Response<Body>> {
        match &self.watched {
            Some(folder) => Self::load(folder).ok()?.find(path, request),
            None => self.find(path, request),
        }
    }

    fn find(&self, path: &str, request: &HeaderMap) -> Option<Response<Body>> {
        let (asset, hashed) = self.by_address.get(path)?;
        let fresh = request.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == asset.tag);
        let accepted = request
            .get(header::ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let accepts = |coding: &str| accepted.split(',').any(|one| admits(one, coding));
        let (body, coding) = match (&asset.brotli, &asset.gzip) {
            (Some(brotli), _) if accepts("br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts("gzip") => (gzip, Some("gzip")),
            _ => (&asset.plain, None),
        };
        let mut response = Response::builder()
            .status(if fresh { StatusCode::NOT_MODIFIED } else { StatusCode::OK })
            .header(header::CONTENT_TYPE, &asset.kind)
            .header(header::ETAG, &asset.tag)
            .header(header::VARY, "accept-encoding")
            .header(header::CACHE_CONTROL, if *hashed { FOR_EVER } else { ASK_FIRST });
        if let Some(coding) = coding {
            response = response.header(header::CONTENT_ENCODING, coding);
        }
        response.body(if fresh { Body::empty() } else { Body::from(body.clone()) }).ok()
    }
}

/// `pkg/finflow.js` with hash `abc` is `pkg/finflow.abc.js`.
fn with_hash(name: &str, hash: &str) -> String {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}.{hash}.{extension}")
}

/// Whether one part of an `Accept-Encoding` names the coding and does not refuse it.
fn admits(part: &str, coding: &str) -> bool {
    let (name, parameter) = part.split_once(';').unwrap_or((part, ""));
    let refused = parameter
        .trim()
        .strip_prefix("q=")
        .is_some_and(|weight| weight.chars().all(|c| matches!(c, '0' | '.')));
    name.trim() == coding && !refused
}

/// Twelve characters of the content's SHA-256: enough to tell releases apart.
fn hash(bytes: &[u8]) -> String {
    let mut text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
    text.truncate(12);
    text
}

pub(super) fn is_compressed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Assets {
        let file = |name: &str, text: &str| (name.to_owned(), Bytes::from(text.to_owned()));
        Assets::new(HashMap::from([
            file("pkg/a.js", "plain"),
            file("pkg/a.js.br", "brotli"),
            file("favicon.svg", "svg"),
        ]))
    }

    #[test]
    fn a_hashed_address_is_kept_for_ever_and_a_plain_one_asks() {
        let site = site();
        let address = site.urls().url("pkg/a.js");
        assert!(address.starts_with("/pkg/a.") && address.ends_with(".js") && address.len() > "/pkg/a.js".len());
        let hashed = site.respond(&address, &HeaderMap::new()).expect("there");
        assert_eq!(hashed.headers()[header::CACHE_CONTROL], FOR_EVER);
        let plain = site.respond("/pkg/a.js", &HeaderMap::new()).expect("there");
        assert_eq!(plain.headers()[header::CACHE_CONTROL], ASK_FIRST);
        let tag = HeaderMap::from_iter([(header::IF_NONE_MATCH, plain.headers()[header::ETAG].clone())]);
        assert_eq!(site.respond("/pkg/a.js", &tag).expect("there").status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn the_compressed_form_goes_to_who_takes_it() {
        let site = site();
        let ask = |coding: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(coding))]);
        let coding = |accept| {
            site.respond("/pkg/a.js", &ask(accept))
                .expect("there")
                .headers()
                .get(header::CONTENT_ENCODING)
                .cloned()
        };
        assert_eq!(coding("gzip, br"), Some(HeaderValue::from_static("br")));
        assert_eq!(coding("gzip"), None);
        assert_eq!(coding("br;q=0"), None);
        assert_eq!(coding("br; q=0.5"), Some(HeaderValue::from_static("br")));
        assert!(site.respond("/pkg/a.js.br", &HeaderMap::new()).is_none());
        assert!(site.respond("/../Cargo.toml", &HeaderMap::new()).is_none());
    }
}
