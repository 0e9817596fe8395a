//! Whose request it is: the address of the connection, or the one that a trusted proxy names.

use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// The address of who sends a request, for limits and for the list of sessions. Every request carries it but those that become sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The address that a request carries, or the connection's own.
pub fn client(extensions: &Extensions, peer: IpAddr) -> IpAddr {
    extensions.get::<ClientAddress>().map_or(peer, |client| client.0)
}

/// Who sends a request over a connection from `peer`. `X-Forwarded-For` counts only where a proxy of `trusted` wrote it: the
/// last address in it that is no proxy of ours.
pub fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let ours = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !ours(&peer) {
        return peer;
    }
    let lines: Vec<_> = headers
        .get_all("x-forwarded-for")
        .iter()
        .map(|line| line.to_str().unwrap_or(""))
        .collect();
    let mut furthest = peer;
    for part in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        // Whatever stands before something unreadable was not written by a proxy of ours.
        let Some(address) = read(part.trim()) else { break };
        furthest = address;
        if !ours(&address) {
            break;
        }
    }
    furthest
}

/// The network that counts as one address where something is counted: a house has a /64 of IPv6 to choose its addresses from.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
        address => address,
    }
}

/// An address as proxies write it: bare, with a port, in brackets.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let address = bare.or_else(|_| text.parse::<std::net::SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let lines = forwarded
            .iter()
            .map(|line| ("x-forwarded-for".parse().unwrap(), line.parse().unwrap()));
        behind(peer.parse().unwrap(), &HeaderMap::from_iter(lines), &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_names_another_address() {
        for (peer, forwarded, client) in [
            ("203.0.113.9", &["1.2.3.4"][..], "203.0.113.9"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("::ffff:127.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("127.0.0.1", &["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
            ("127.0.0.1", &["6.6.6.6", "1.2.3.4, 10.1.1.1"], "1.2.3.4"),
            ("127.0.0.1", &["6.6.6.6, nonsense, 10.1.1.1"], "10.1.1.1"),
            ("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("127.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("10.2.3.4", &["1.2.3.4:80"], "1.2.3.4"),
            ("127.0.0.1", &[""], "127.0.0.1"),
        ] {
            assert_eq!(seen(peer, forwarded), client, "{peer} {forwarded:?}");
        }
    }
}
