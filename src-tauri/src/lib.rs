//! The desktop host of Pilothouse: the window, the tray, and the wiring of everything behind them.
//!
//! Must not: decide what is allowed, know a provider, or do in a command what a function of the api should do.

mod age;
mod arguments;
pub mod bindings;
mod commands;
mod desktop;
mod events;
mod folder;
mod links;
mod place;
mod practice;
mod renderer;
mod shutdown;
mod startup;
mod tray;
mod window;

use arguments::Arguments;
use clap::Parser as _;
use desktop::Desktop;
use pilothouse_platform::log::{self, LogOptions};
use pilothouse_platform::{DataPaths, Redactor};
use std::process::ExitCode;
use tauri::{App, RunEvent};

/// Runs the app until it is quit.
#[must_use]
pub fn run() -> ExitCode {
    renderer::choose();
    age::note_start();
    let arguments = Arguments::parse();
    let redactor = Redactor::new();
    // Where there is none the window says so: see `startup`.
    let paths = DataPaths::resolve(arguments.data_dir.as_deref()).ok().filter(|paths| paths.create().is_ok());
    start_log(paths.as_ref(), &redactor);

    let contract = bindings::contract();
    let desktop = Desktop::new(arguments.data_dir.clone(), redactor);
    let state_file = paths.as_ref().map_or_else(|| "window-state.json".to_owned(), window::state_file);
    let window_state = tauri_plugin_window_state::Builder::new().with_state_flags(window::KEPT).with_filename(state_file);
    let built = tauri::Builder::default()
        .plugin(single_instance(&arguments, paths.as_ref()))
        .plugin(window_state.build())
        .manage(desktop)
        .invoke_handler(contract.invoke_handler())
        .setup(move |app| {
            contract.mount_events(app);
            if let Err(error) = set_up(app, &arguments, paths.as_ref()) {
                tracing::error!(%error, "the window can't be made");
                eprintln!("pilothouse-desktop: the window can't be made: {error}");
                // Handed on, it would become a panic.
                app.handle().exit(1);
            }
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => ExitCode::from(exit_byte(app.run_return(|app, event| match event {
            RunEvent::ExitRequested { api, code, .. } => shutdown::on_exit_requested(app, &api, code),
            // A click on the icon in the dock.
            #[cfg(target_os = "macos")]
            RunEvent::Reopen { .. } => window::show(app),
            _ => {}
        }))),
        Err(error) => {
            tracing::error!(%error, "the window can't be made");
            eprintln!("pilothouse-desktop: the window can't be made: {error}");
            ExitCode::FAILURE
        }
    }
}

fn set_up(app: &mut App, arguments: &Arguments, paths: Option<&DataPaths>) -> tauri::Result<()> {
    let handle = app.handle();
    window::create(handle, paths.map(DataPaths::root))?;
    startup::begin(handle);
    tray::create(handle);
    shutdown::follow_signals(handle.clone());
    if !arguments.hidden {
        window::show(handle);
    }
    Ok(())
}

/// The log file lies in the data folder. Where there is none the log goes to standard error.
fn start_log(paths: Option<&DataPaths>, redactor: &Redactor) {
    let folder = paths.map(DataPaths::logs);
    let started = log::start(LogOptions { folder: folder.as_deref(), stderr: cfg!(debug_assertions) || folder.is_none() }, redactor);
    if let Err(error) = started {
        eprintln!("pilothouse-desktop: {error}");
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), process = std::process::id(), "started");
}

/// One app per data folder: a second start brings the first one's window to the front.
fn single_instance(arguments: &Arguments, paths: Option<&DataPaths>) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    let mut builder = tauri_plugin_single_instance::Builder::new().callback(|app, arguments, _folder| {
        if Arguments::wants_window(&arguments) {
            window::show(app);
        }
    });
    let named = arguments.data_dir.is_some() || std::env::var_os(pilothouse_platform::paths::DATA_DIR_VAR).is_some();
    if let Some(paths) = paths.filter(|_| named) {
        builder = builder.dbus_id(format!("app.pilothouse.desktop.d{:016x}", digest(paths)));
    }
    builder.build()
}

/// Tells data folders apart; the same in every process.
fn digest(paths: &DataPaths) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    paths.root().hash(&mut hasher);
    hasher.finish()
}

fn exit_byte(code: i32) -> u8 {
    u8::try_from(code).unwrap_or(1)
}
