//! The compiler for the browser's half: rustup's wasm32 target, or where that is refused Debian's compiler, which builds
//! the standard library from its own sources.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, command, output, run, step};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
const HINT: &str = "the wasm32 target is missing: rustup target add wasm32-unknown-unknown, or on Debian \
     apt-get install rustc-web cargo-web rust-web-src rust-web-llvm lld-22";

/// Where the wasm32 compiler comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wasm {
    /// The toolchain in use has the target.
    Rustup,
    /// `/usr/bin/rustc` with the standard library built for the purpose.
    Debian,
}

impl Wasm {
    /// Finds the compiler, installing it where it is missing.
    pub fn ensure() -> Result<Self> {
        if toolchain_has_target() {
            return Ok(Self::Rustup);
        }
        if debian_has_compiler() {
            return Ok(Self::Debian);
        }
        step("adding the wasm32 target (rustup may be silent for a minute or two)");
        if run(command("rustup").args(["target", "add", TARGET]), HINT).is_ok() && toolchain_has_target() {
            return Ok(Self::Rustup);
        }
        step("rustup was refused");
        provide("Debian's compiler for the web", &DEBIAN_PACKAGES, HINT, debian_has_compiler)?;
        Ok(Self::Debian)
    }

    /// `cargo SUBCOMMAND --target wasm32-unknown-unknown`.
    pub fn cargo(self, subcommand: &str) -> Command {
        let mut cargo = match self {
            Self::Rustup => cargo(),
            Self::Debian => debian_cargo(),
        };
        cargo.args([subcommand, "--target", TARGET]);
        cargo
    }

    /// The verb that finds fault with code: Debian's compiler for the web comes without clippy.
    pub fn lint(self) -> Command {
        match self {
            Self::Rustup => self.cargo("clippy"),
            Self::Debian => {
                step("no clippy for wasm32 here: the compiler's own warnings only");
                let mut cargo = self.cargo("check");
                cargo.env("RUSTFLAGS", "-D warnings");
                cargo
            }
        }
    }
}

/// The folder of `target()` where wasm32 artefacts of a profile lie.
pub fn artefacts(profile: &str) -> PathBuf {
    crate::shell::target().join(TARGET).join(profile)
}

/// Installs Debian packages unless what they bring is there; the error says with `hint` how to get it by hand.
pub fn provide(what: &str, packages: &[&str], hint: &'static str, there: impl Fn() -> bool) -> Result<()> {
    if there() {
        return Ok(());
    }
    step(&format!("installing {what}"));
    apt_install(packages).context(hint)?;
    if there() { Ok(()) } else { bail!(hint) }
}

/// An error where there is no apt-get or no right to use it.
fn apt_install(packages: &[&str]) -> Result<()> {
    const NO_APT: &str = "there is no apt-get here";
    let quiet = |verb: &str| {
        let mut apt = command("apt-get");
        apt.args([verb, "-q=2", "-y", "--no-install-recommends"])
            .env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    // A stale list names packages that are gone; a refused update may still leave a list that serves.
    if let Err(error) = run(&mut quiet("update"), NO_APT) {
        step(&format!("{error:#}; going on with the package list that is there"));
    }
    run(quiet("install").args(packages), NO_APT)
}

fn toolchain_has_target() -> bool {
    output(command("rustc").args(["--print", "sysroot"]))
        .is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir())
}

fn debian_has_compiler() -> bool {
    let version = output(command("/usr/bin/rustc").arg("--version")).unwrap_or_default();
    let sources = output(command("/usr/bin/rustc").args(["--print", "sysroot"])).unwrap_or_default();
    let minor = version.split(['.', ' ']).nth(2).and_then(|minor| minor.parse::<u32>().ok());
    minor >= Some(95) && Path::new("/usr/bin/cargo").exists() && Path::new(&sources).join("lib/rustlib/src/rust/library").exists()
}

/// Debian's cargo must meet Debian's rustc, not the proxies that rustup lays before it.
fn debian_cargo() -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut cargo = command("/usr/bin/cargo");
    cargo
        .env("PATH", format!("/usr/bin:{path}"))
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1");
    cargo
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTDOC")
        .env_remove("LD_LIBRARY_PATH");
    cargo.args(["-Z", "build-std=std,panic_abort"]);
    cargo
}
