//! The desktop app's command line. Must not act on it.

use std::path::PathBuf;

/// What the app was started with.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Parser)]
#[command(name = "pilothouse-desktop", version, about = "Pilothouse: release management on the desktop")]
pub(crate) struct Arguments {
    /// Where the app keeps its data, instead of the platform's data folder [env: PILOTHOUSE_DATA_DIR]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Start in the tray, without opening the window
    #[arg(long)]
    pub(crate) hidden: bool,
}

impl Arguments {
    /// Whether a second start with these arguments (the program's name first) wants the window that is open already.
    pub(crate) fn wants_window(arguments: &[String]) -> bool {
        !arguments.iter().skip(1).any(|argument| argument == "--hidden")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use clap::Parser as _;

    #[test]
    fn the_arguments_are_those_that_are_documented() {
        let parse = |arguments: &[&str]| Arguments::try_parse_from([&["pilothouse-desktop"], arguments].concat());
        assert_eq!(parse(&[]).unwrap(), Arguments::default());
        let given = parse(&["--data-dir", "/data", "--hidden"]).unwrap();
        assert_eq!(given, Arguments { data_dir: Some("/data".into()), hidden: true });
        assert!(parse(&["--data-dir"]).is_err());
        assert!(parse(&["release.json"]).is_err());
    }

    #[test]
    fn a_second_start_shows_the_window_unless_it_asks_to_be_hidden() {
        let start = |arguments: &[&str]| Arguments::wants_window(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(start(&["pilothouse-desktop"]));
        assert!(!start(&["pilothouse-desktop", "--hidden"]));
        assert!(start(&["--hidden"]), "the program's own name is no argument");
    }
}
