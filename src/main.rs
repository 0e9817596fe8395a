//! The door: the server's program, or the client's mount for Trunk.

/// How it is set up: `.cargo/config.toml`.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(feature = "ssr")]
fn main() -> std::process::ExitCode {
    finflow_app::start::run()
}

#[cfg(not(feature = "ssr"))]
fn main() {
    console_error_panic_hook::set_once();
    finflow_app::app::browser::mount();
}
