//! Brotli and gzip at their best, made once for each content and kept.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use flate2::{Compression, GzBuilder};

use crate::shell::{fingerprint, scratch, write};

/// What gains by compression. Pictures and archives are compressed already.
const KINDS: [&str; 11] = [
    "css",
    "html",
    "ico",
    "js",
    "json",
    "map",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
    "xml",
];

/// A file's compressed forms, each with the ending of its name; none that would not be smaller.
pub fn variants(name: &Path, content: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let kind = name.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    if !KINDS.contains(&kind) {
        return Ok(Vec::new());
    }
    let key = fingerprint(content);
    let all = [
        ("br", cached(&key, "br", || brotli(content))?),
        ("gz", cached(&key, "gz", || gzip(content))?),
    ];
    Ok(all.into_iter().filter(|(_, packed)| packed.len() < content.len()).collect())
}

fn cached(key: &str, ending: &str, pack: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let kept = scratch().join("packed").join(format!("{key}.{ending}"));
    if let Ok(packed) = fs::read(&kept) {
        return Ok(packed);
    }
    let packed = pack()?;
    write(&kept, &packed)?;
    Ok(packed)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut packed, &parameters)?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    // No name and no time: the same content gives the same bytes.
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_forms_unpack_to_the_content() -> Result<()> {
        let content = b"the same line again and again. ".repeat(200);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut brotli(&content)?.as_slice(), &mut unpacked)?;
        assert_eq!(unpacked, content);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(gzip(&content)?.as_slice()).read_to_end(&mut unpacked)?;
        assert_eq!(unpacked, content);
        Ok(())
    }

    #[test]
    fn pictures_are_left_alone() -> Result<()> {
        assert!(variants(Path::new("icon.png"), &[0; 4096])?.is_empty());
        Ok(())
    }
}
