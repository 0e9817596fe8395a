//! HTTP to servers on this machine, as far as the tools need it: one request a connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

const PATIENCE: Duration = Duration::from_secs(20);

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The answer, or an error that shows it where it is not one of success.
    pub fn good(self, what: &str) -> Result<Self> {
        if (200..400).contains(&self.status) {
            return Ok(self);
        }
        bail!("{what}: {} {}", self.status, self.body.chars().take(400).collect::<String>())
    }

    /// The cookies that it sets, as a client sends them back.
    pub fn cookies(&self) -> String {
        let set = self.head.lines().filter_map(|line| line.split_once(": "));
        let values = set.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let pairs = values.filter_map(|(_, value)| value.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body).with_context(|| format!("no JSON: {}", self.body.chars().take(200).collect::<String>()))
    }
}

/// Sends a request and reads the answer to its end.
pub fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).context("the server does not answer")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    stream.write_all((text + "\r\n" + body).as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&String::from_utf8_lossy(&bytes))
}

/// Whether `GET path` is answered with 200.
pub fn is_well(address: SocketAddr, path: &str) -> bool {
    ask(address, "GET", path, &[], "").is_ok_and(|answer| answer.status == 200)
}

fn parse(text: &str) -> Result<Answer> {
    let (head, body) = text.split_once("\r\n\r\n").context("the answer ended in its head")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("no answer of HTTP")?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { joined(body) } else { body.to_owned() };
    Ok(Answer {
        status,
        head: head.to_owned(),
        body,
    })
}

/// What lies in chunks.
fn joined(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let Some(chunk) = usize::from_str_radix(size.trim(), 16)
            .ok()
            .filter(|size| *size > 0)
            .and_then(|size| rest.get(..size))
        else {
            break;
        };
        whole += chunk;
        body = rest[chunk.len()..].trim_start_matches("\r\n");
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_its_cookies_and_chunks() {
        let text = "HTTP/1.1 303 See Other\r\nset-cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let answer = parse(text).unwrap();
        assert_eq!(
            (answer.status, answer.cookies().as_str(), answer.body.as_str()),
            (303, "a=1; b=2", "abcde")
        );
        assert!(parse("HTTP/1.1 200 OK\r\n").is_err());
        let refused = parse("HTTP/1.1 503 No\r\n\r\nbusy").unwrap().good("a write").unwrap_err();
        assert_eq!(refused.to_string(), "a write: 503 busy");
    }
}
