//! One question, for the health check of a container, which has no other program to ask with: should it be sent visitors?

use crate::probe::typed;
use crate::server::fetch;
use std::time::Duration;

/// How long the answer may take: the server gives its database a second.
const PATIENCE: Duration = Duration::from_secs(4);
/// Bytes of an answer: a line.
const LARGEST: usize = 4 << 10;

/// Asks `/readyz` of the server at `url`, and returns what it says.
///
/// # Errors
/// It is not ready, or does not answer: in one line.
pub async fn ask(url: &str) -> Result<String, String> {
    let answer = fetch::get(&address(url)?, LARGEST, PATIENCE)
        .await
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&answer.body).trim().to_owned();
    if answer.status == 200 {
        Ok(said)
    } else {
        Err(format!("{}: {said}", answer.status))
    }
}

/// Where to ask, from a site's address or its socket's.
fn address(text: &str) -> Result<String, String> {
    let mut url = typed(text)?;
    let scheme = match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        same => same,
    }
    .to_owned();
    url.set_scheme(&scheme).map_err(|()| "the scheme cannot be changed")?;
    url.set_path("/readyz");
    url.set_query(None);
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn any_address_of_the_server_leads_to_the_question() {
        for (text, asked) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000/readyz"),
            ("http://a.test:8000/", "http://a.test:8000/readyz"),
            ("wss://a.test/ws/portfolio/?x=1", "https://a.test/readyz"),
        ] {
            assert_eq!(address(text).as_deref(), Ok(asked));
        }
    }
}
