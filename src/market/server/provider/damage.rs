//! What a decoder must survive. For tests alone.

/// Decodes bytes of any kind, then a sound message with its byte at `cut` replaced by `put`, whole and cut off there.
pub fn survive<T>(decode: impl Fn(&str) -> T, bytes: &[u8], sound: &str, cut: usize, put: u8) {
    decode(&String::from_utf8_lossy(bytes));
    let mut damaged = sound.as_bytes().to_vec();
    damaged[cut] = put;
    decode(&String::from_utf8_lossy(&damaged));
    decode(&String::from_utf8_lossy(&damaged[..cut]));
}
