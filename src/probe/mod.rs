//! Tries a running server as a stranger's client would: knows what docs/PROTOCOL.md says and nothing else.
//!
//! A line a check on standard output; the program exits with 1 where one fails.

mod checks;
mod peer;
mod ready;

use crate::server::config::ProbeArgs;
use std::process::ExitCode;

/// Runs every check against the server at the address.
pub fn run(args: &ProbeArgs) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("finflow: {error}");
            return ExitCode::from(2);
        }
    };
    if args.ready {
        return match runtime.block_on(ready::ask(&args.url)) {
            Ok(said) => {
                println!("{said}");
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("finflow probe: {}: {why}", args.url);
                ExitCode::FAILURE
            }
        };
    }
    let url = match socket_address(&args.url) {
        Ok(url) => url,
        Err(why) => {
            eprintln!("finflow probe: {}: {why}", args.url);
            return ExitCode::from(2);
        }
    };
    println!("probing {url}");
    let failed = runtime.block_on(checks::run(&url, args.connections));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// An address as a person types it: without a scheme it is that of a page.
fn typed(text: &str) -> Result<url::Url, String> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    url::Url::parse(&text).map_err(|error| error.to_string())
}

/// The socket's address from what a person types: a site's address will do.
fn socket_address(text: &str) -> Result<String, String> {
    let mut url = typed(text)?;
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => return Err("the probe speaks no TLS: give it the address behind the proxy".into()),
        other => return Err(format!("{other} is neither http nor ws")),
    };
    url.set_scheme(scheme).map_err(|()| "the scheme cannot be changed")?;
    if url.path() == "/" {
        url.set_path(crate::live::protocol::PATH);
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::socket_address;

    #[test]
    fn a_sites_address_leads_to_its_socket() {
        for text in ["http://a.test:8000", "a.test:8000", "ws://a.test:8000/ws/portfolio/"] {
            assert_eq!(socket_address(text).as_deref(), Ok("ws://a.test:8000/ws/portfolio/"), "{text}");
        }
        assert!(socket_address("ftp://a.test").is_err());
        assert!(socket_address("https://a.test").is_err());
    }
}
