//! Writes the TypeScript side of the wire contract to the path it is given: `export-bindings ui/src/lib/api/bindings.ts`.
//! Must not be a part of the app.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: export-bindings PATH");
        return ExitCode::from(2);
    };
    match pilothouse_desktop::bindings::export(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bindings can't be written to {}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
