//! Tells systemd how far the program's life has come, where it wants to know (`Type=notify`, sd_notify(3)).

#[cfg(unix)]
use std::{ffi::OsStr, io, os::unix::net::UnixDatagram};

/// It serves.
pub const READY: &str = "READY=1";
/// It was asked to stop, and does.
pub const STOPPING: &str = "STOPPING=1";

/// Says it. Nobody may be listening; then nothing is said.
pub fn tell(what: &str) {
    #[cfg(unix)]
    if let Some(address) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = send(&address, what)
    {
        tracing::warn!(%error, "systemd was not told: {what}");
    }
    #[cfg(not(unix))]
    let _ = what;
}

#[cfg(unix)]
fn send(address: &OsStr, what: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    #[cfg(target_os = "linux")]
    if let Some(name) = address.to_str().and_then(|address| address.strip_prefix('@')) {
        use std::os::linux::net::SocketAddrExt as _;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        return socket.send_to_addr(what.as_bytes(), &address).map(drop);
    }
    socket.send_to(what.as_bytes(), address).map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_a_path_and_at_an_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let hears = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), READY).unwrap();
        let mut heard = [0; 16];
        let count = hears.recv(&mut heard).unwrap();
        assert_eq!(&heard[..count], READY.as_bytes());
        #[cfg(target_os = "linux")]
        {
            use std::os::linux::net::SocketAddrExt as _;
            let name = format!("finflow-{}", std::process::id());
            let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
            let hears = UnixDatagram::bind_addr(&address).unwrap();
            send(OsStr::new(&format!("@{name}")), STOPPING).unwrap();
            let count = hears.recv(&mut heard).unwrap();
            assert_eq!(&heard[..count], STOPPING.as_bytes());
        }
    }
}
