//! Where connections arrive: an address of the program's own, or a socket that somebody holds open for it while one build takes the place
//! of another (ADR 0031).

use listenfd::ListenFd;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted: a crowd that comes back after a restart comes at once. A connection beyond them
/// is tried again by its client's system after a second or more. The kernel cuts the number to its own bound.
const BACKLOG: u32 = 16_384;

/// The socket that was handed over as systemd does (`LISTEN_FDS`), where one was. Asked once, before there are threads.
///
/// # Errors
/// What was handed over is no listening TCP socket.
pub fn handed_over() -> io::Result<Option<std::net::TcpListener>> {
    let Some(held) = ListenFd::from_env().take_tcp_listener(0)? else {
        return Ok(None);
    };
    held.set_nonblocking(true)?;
    Ok(Some(held))
}

/// Listens on `address`.
///
/// # Errors
/// The address is taken, not this machine's, or not allowed.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // What a server that just stopped left behind must not keep the next one from the address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
