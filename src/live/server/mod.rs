//! The server's side of a socket.
