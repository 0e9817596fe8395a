//! One page of another server: asked for over HTTP/1.1, with every bound that a stranger's answer needs. No message of an error
//! holds the address, which may hold a key.

use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, CONTENT_TYPE, DATE, HOST, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// Other addresses that an answer may lead to, one after the other.
const REDIRECTS: usize = 3;
/// Who asks.
const AGENT: &str = concat!("Mozilla/5.0 (compatible; FinFlow/", env!("CARGO_PKG_VERSION"), ")");

/// The roots that are shipped, as for the sockets of venues.
static TLS: LazyLock<Option<Arc<ClientConfig>>> = LazyLock::new(|| {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let config = config.ok()?.with_root_certificates(roots).with_no_client_auth();
    Some(Arc::new(config))
});

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long it asks to wait.
    pub wait: Option<Duration>,
    /// The whole body.
    pub body: Bytes,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address, or one that it leads to, cannot be asked.
    #[error("its address cannot be used: {0}")]
    Address(&'static str),
    /// No connection came about, or it broke.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// The body is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// Whether an address can be asked for.
pub fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

/// Asks for an address. At most `largest` bytes are taken, and it takes no longer than `within`, all redirects included.
///
/// # Errors
/// Nothing came back, or too much, or too late.
pub async fn get(address: &str, largest: usize, within: Duration) -> Result<Answer, FetchError> {
    get_as(address, &HeaderMap::new(), largest, within).await
}

/// The same, saying who asks. Where the answer leads to another server, that one is not told.
///
/// # Errors
/// Nothing came back, or too much, or too late.
pub async fn get_as(address: &str, who: &HeaderMap, largest: usize, within: Duration) -> Result<Answer, FetchError> {
    timeout(within, follow(address, who, largest))
        .await
        .unwrap_or(Err(FetchError::Late(within)))
}

/// Sends JSON to an address, saying who sends. It goes to no other: an answer that leads elsewhere is the answer.
///
/// # Errors
/// Nothing came back, or too much, or too late.
pub async fn post_json(address: &str, who: &HeaderMap, json: String, largest: usize, within: Duration) -> Result<Answer, FetchError> {
    let url = Url::parse(address).map_err(|_| FetchError::Address("it is none"))?;
    let sent = timeout(within, once(&url, who, Some(json.into()), largest)).await;
    sent.unwrap_or(Err(FetchError::Late(within))).map(|(answer, _)| answer)
}

async fn follow(address: &str, who: &HeaderMap, largest: usize) -> Result<Answer, FetchError> {
    let mut url = Url::parse(address).map_err(|_| FetchError::Address("it is none"))?;
    let first = url.origin();
    let nobody = HeaderMap::new();
    for _ in 0..=REDIRECTS {
        let who = if url.origin() == first { who } else { &nobody };
        let (answer, location) = once(&url, who, None, largest).await?;
        let Some(location) = location else {
            return Ok(answer);
        };
        let next = url.join(&location).map_err(|_| FetchError::Address("it leads to none"))?;
        if url.scheme() == "https" && next.scheme() != "https" {
            return Err(FetchError::Address("it leads away from TLS"));
        }
        url = next;
    }
    Err(FetchError::Address("it leads to one address after the other"))
}

/// One exchange: the answer, or where it leads.
async fn once(url: &Url, who: &HeaderMap, sent: Option<Bytes>, largest: usize) -> Result<(Answer, Option<String>), FetchError> {
    let tls = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(FetchError::Address("expected http:// or https://")),
    };
    let (host, port) = url
        .host()
        .zip(url.port_or_known_default())
        .ok_or(FetchError::Address("it names no host"))?;
    let stream = match &host {
        Host::Domain(name) => TcpStream::connect((*name, port)).await,
        Host::Ipv4(address) => TcpStream::connect((*address, port)).await,
        Host::Ipv6(address) => TcpStream::connect((*address, port)).await,
    };
    let stream = stream.map_err(|error| FetchError::Unreachable(error.kind().to_string()))?;
    if !tls {
        return exchange(stream, url, who, sent, largest).await;
    }
    let name = match host {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(|_| FetchError::Address("its host is none"))?,
        Host::Ipv4(address) => ServerName::IpAddress(address.into()),
        Host::Ipv6(address) => ServerName::IpAddress(address.into()),
    };
    let config = TLS.clone().ok_or_else(|| FetchError::Unreachable("TLS cannot be used".into()))?;
    let stream = TlsConnector::from(config).connect(name, stream).await;
    let stream = stream.map_err(|_| FetchError::Unreachable("TLS failed".into()))?;
    exchange(stream, url, who, sent, largest).await
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
    who: &HeaderMap,
    sent: Option<Bytes>,
    largest: usize,
) -> Result<(Answer, Option<String>), FetchError> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let method = if sent.is_some() { Method::POST } else { Method::GET };
    let kind = sent.is_some().then(|| HeaderValue::from_static("application/json"));
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, HeaderValue::from_static("*/*"))
        .header(CONNECTION, HeaderValue::from_static("close"))
        .body(Full::new(sent.unwrap_or_default()))
        .map_err(|_| FetchError::Address("it cannot be asked for"))?;
    request.headers_mut().extend(who.clone());
    request.headers_mut().extend(kind.map(|kind| (CONTENT_TYPE, kind)));
    let asking = async {
        let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
        let (head, body) = answer.into_parts();
        if head.status.is_redirection()
            && let Some(location) = head.headers.get(LOCATION).and_then(|value| value.to_str().ok())
        {
            let nothing = Answer {
                status: head.status.as_u16(),
                wait: None,
                body: Bytes::new(),
            };
            return Ok((nothing, Some(location.to_owned())));
        }
        let body = Limited::new(body, largest).collect().await;
        let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => broken(&error),
            Err(_) => FetchError::TooLarge(largest),
        })?;
        let answer = Answer {
            status: head.status.as_u16(),
            wait: wait(&head.headers),
            body: body.to_bytes(),
        };
        Ok((answer, None))
    };
    // The connection moves while it is asked; no task of its own is left behind.
    let (mut asking, mut connection) = (std::pin::pin!(asking), std::pin::pin!(connection));
    let mut open = true;
    loop {
        tokio::select! {
            done = &mut asking => return done,
            // What went wrong with it is told to who asks.
            _ = &mut connection, if open => open = false,
        }
    }
}

fn broken(error: &hyper::Error) -> FetchError {
    let what = if error.is_parse() {
        "its answer is no HTTP"
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        "the connection ended before the answer"
    } else {
        "the connection broke"
    };
    FetchError::Unreachable(what.into())
}

/// How long the server asks to wait: seconds, or a moment, which is measured by its own clock.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
    let until = moment(text)?;
    let now = moment(headers.get(DATE)?.to_str().ok()?)?;
    (until - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    const SOON: Duration = Duration::from_secs(5);

    /// Serves these answers, one a connection, and gives the address.
    async fn serving(answers: Vec<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut heard = [0; 2_048];
                let _ = stream.read(&mut heard).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                if answer.is_empty() {
                    tokio::time::sleep(SOON).await;
                }
            }
        });
        format!("http://{address}/a?key=planted")
    }

    fn ok(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn an_answer_comes_whole_and_a_redirect_is_followed() {
        let moved = "HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n".to_owned();
        let address = serving(vec![moved, ok("{}")]).await;
        let answer = get(&address, 10, SOON).await.unwrap();
        assert_eq!((answer.status, &answer.body[..], answer.wait), (200, &b"{}"[..], None));
        let late = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 17\r\n\r\nToo Many Requests".to_owned();
        let answer = get(&serving(vec![late]).await, 100, SOON).await.unwrap();
        assert_eq!((answer.status, answer.wait), (429, Some(Duration::from_secs(7))));
    }

    #[tokio::test]
    async fn another_server_is_not_told_who_asks() {
        let listeners = [
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
        ];
        let [first, second] = listeners
            .each_ref()
            .map(|listener| format!("http://{}", listener.local_addr().unwrap()));
        let moved = format!("HTTP/1.1 302 Found\r\nlocation: {second}/b\r\ncontent-length: 0\r\n\r\n");
        let served = tokio::spawn(async move {
            let mut heard = vec![];
            for (listener, answer) in listeners.iter().zip([moved, ok("{}")]) {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = [0; 2_048];
                let count = stream.read(&mut bytes).await.unwrap();
                heard.push(String::from_utf8_lossy(&bytes[..count]).into_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            heard
        });
        let who = HeaderMap::from_iter([(http::HeaderName::from_static("x-secret"), HeaderValue::from_static("planted"))]);
        assert_eq!(get_as(&first, &who, 10, SOON).await.unwrap().status, 200);
        let heard = served.await.unwrap();
        assert!(heard[0].contains("x-secret: planted") && !heard[1].contains("planted"), "{heard:?}");
    }

    #[tokio::test]
    async fn what_is_too_much_too_late_or_goes_round_is_refused_without_the_address() {
        let moved = "HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n".to_owned();
        let round = serving(vec![moved; 5]).await;
        let errors = [
            get(&serving(vec![ok("12345678901")]).await, 10, SOON).await.unwrap_err(),
            get(&serving(vec![String::new()]).await, 10, Duration::from_millis(50))
                .await
                .unwrap_err(),
            get(&serving(vec!["garbage\r\n\r\n".into()]).await, 10, SOON).await.unwrap_err(),
            get(&round, 10, SOON).await.unwrap_err(),
            get("ftp://planted/", 10, SOON).await.unwrap_err(),
            get("http://127.0.0.1:1/planted", 10, SOON).await.unwrap_err(),
        ];
        assert_eq!(errors[0], FetchError::TooLarge(10));
        assert_eq!(errors[1], FetchError::Late(Duration::from_millis(50)));
        assert!(matches!(&errors[2], FetchError::Unreachable(_)), "{:?}", errors[2]);
        assert!(matches!(&errors[3], FetchError::Address(_)));
        assert!(errors.iter().all(|error| !error.to_string().contains("planted")));
        assert!(is_address("https://a/b") && !is_address("wss://a") && !is_address("a"));
    }

    #[test]
    fn a_moment_to_come_back_is_measured_by_its_own_clock() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Wed, 21 Oct 2015 07:28:30 GMT"));
        assert_eq!(wait(&headers), None);
        headers.insert(DATE, HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
        assert_eq!(wait(&headers), Some(Duration::from_secs(30)));
    }
}
