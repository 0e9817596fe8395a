//! A server whose sockets send back what comes, for suites that test a codec: `cargo xtask conformance`. It prints its address. Such suites ask
//! for `/`, so that a step before the server gives them the path that it has.

use anyhow::Context as _;
use clap::Parser as _;
use finflow_app::live::protocol;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::Cli;
use finflow_app::server::shutdown::Shutdown;
use finflow_app::start;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The suite's largest message is 16 MiB.
const LARGEST: u64 = 64 << 20;
/// The longest head of a request.
const HEAD: usize = 8 << 10;

async fn lead(mut from: TcpStream, to: std::net::SocketAddr) -> anyhow::Result<()> {
    let mut head = vec![];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        anyhow::ensure!(head.len() < HEAD && from.read_buf(&mut head).await? > 0, "no request");
    }
    let rest = head.strip_prefix(b"GET / ").context("another request than for /")?;
    let mut server = TcpStream::connect(to).await?;
    server.write_all(format!("GET {} ", protocol::PATH).as_bytes()).await?;
    server.write_all(rest).await?;
    from.set_nodelay(true)?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut from, &mut server).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().to_str().context("a path that is no text")?;
    std::fs::create_dir(folder.path().join("pkg"))?;
    std::fs::write(folder.path().join("pkg/finflow.js"), "export default function () {}")?;
    let database = format!("sqlite:{root}/finflow.db");
    let args = ["finflow", "--site-root", root, "--database-url", &database, "--rates", "off"];
    let mut config = Cli::try_parse_from(args)?.config;
    (config.live.echo, config.live.max_message_bytes) = (true, LARGEST);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    let front = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", front.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = front.accept().await {
            tokio::spawn(lead(stream, server));
        }
    });
    start::serve(listener, config, Clock::System, Shutdown::default()).await
}
