//! The desktop app's entry: hands over to the library at once. Must not do anything itself.

// No console window beside the app on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    pilothouse_desktop::run()
}
