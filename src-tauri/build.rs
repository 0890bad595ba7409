//! Prepares the window: checks that its pages are there, and hands Tauri the commands that the window may call. Must not make
//! anything that could be taken for the window's pages.

fn main() {
    // A development build asks the development server for its pages, so that it builds without them. A build for people embeds
    // them: without them it would be an empty window, so it is refused.
    let pages = std::path::Path::new("../ui/build/index.html");
    if std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some() && !pages.is_file() {
        println!("cargo::rerun-if-changed=../ui/build");
        println!("cargo::error=the window's pages are not built: run `cargo xtask run`, or `npm ci && npm run build` in ui/");
        return;
    }
    // The permissions of our own commands are written by hand in permissions/, so that each is a line that someone decided on.
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new()) {
        println!("cargo::error={error:#}");
    }
}
