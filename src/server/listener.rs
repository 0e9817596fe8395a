//! Where connections arrive.

use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted: a crowd that comes back after a restart comes at once. A connection beyond them
/// is tried again by its client's system after a second or more. The kernel cuts the number to its own bound.
const BACKLOG: u32 = 16_384;

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
