//! Stands before a database, and can hang or refuse as one does that is paused or gone.

use std::net::SocketAddr;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Serves,
    Hangs,
    Refuses,
}

/// A proxy.
pub struct Proxy {
    /// The database behind it.
    pub url: String,
    does: watch::Sender<Does>,
}

impl Proxy {
    /// Before a database.
    pub async fn before(url: &str) -> Self {
        let parsed = url::Url::parse(url).unwrap();
        let behind = format!("{}:{}", parsed.host_str().unwrap(), parsed.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr: SocketAddr = listener.local_addr().unwrap();
        let mut own = parsed;
        own.set_port(Some(addr.port())).unwrap();
        let does = watch::Sender::new(Does::Serves);
        let told = does.subscribe();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (behind, mut told) = (behind.clone(), told.clone());
                tokio::spawn(async move {
                    if *told.borrow_and_update() == Does::Refuses {
                        return;
                    }
                    let mut other = TcpStream::connect(behind).await.unwrap();
                    loop {
                        // What was read by the half that is dropped is lost, as it is on a connection that hangs: none is used again.
                        tokio::select! {
                            _ = copy_bidirectional(&mut stream, &mut other), if *told.borrow() == Does::Serves => return,
                            _ = told.changed() => {}
                        }
                        match *told.borrow() {
                            Does::Serves => return,
                            Does::Hangs => {}
                            Does::Refuses => return,
                        }
                    }
                });
            }
        });
        Self { url: own.into(), does }
    }

    /// Nothing goes through, and nobody is told.
    pub fn pause(&self) {
        self.does.send_replace(Does::Hangs);
    }

    /// All connections end, and new ones do at once.
    pub fn refuse(&self) {
        self.does.send_replace(Does::Refuses);
    }

    /// It serves again.
    pub fn serve(&self) {
        self.does.send_replace(Does::Serves);
    }
}
