//! What the tray icon says. Must not measure anything.

#[cfg(target_os = "macos")]
macro_rules! icon {
    ($name:literal) => {
        include_bytes!(concat!("../../../icons/tray/", $name, "-dark@2x.png"))
    };
}
#[cfg(not(target_os = "macos"))]
macro_rules! icon {
    ($name:literal) => {
        include_bytes!(concat!("../../../icons/tray/", $name, ".png"))
    };
}

/// How things stand, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TrayState {
    /// An incident is open.
    Failing,
    /// Something waits for a person.
    PersonNeeded,
    /// A deployment is under way.
    UnderWay,
    /// Nothing can be known: there is no connection yet, or the start has not come through.
    NotConnected,
    /// All is well.
    Calm,
}

impl TrayState {
    /// From how many incidents are open, things wait for a person, deployments are under way, and connections there are.
    pub(crate) fn of(incidents: u32, waiting: u32, under_way: u32, connections: u32) -> Self {
        match (incidents, waiting, under_way, connections) {
            (1.., ..) => Self::Failing,
            (_, 1.., ..) => Self::PersonNeeded,
            (_, _, 1.., _) => Self::UnderWay,
            (_, _, _, 0) => Self::NotConnected,
            _ => Self::Calm,
        }
    }

    /// The icon, PNG: light ink, as most panels are dark; on macOS a template, which the system inks itself.
    pub(crate) fn icon(self) -> &'static [u8] {
        match self {
            Self::Failing => icon!("failing"),
            Self::PersonNeeded => icon!("person-needed"),
            Self::UnderWay => icon!("under-way"),
            Self::NotConnected => icon!("not-connected"),
            Self::Calm => icon!("calm"),
        }
    }

    /// The same in words.
    pub(crate) fn tooltip(self) -> &'static str {
        match self {
            Self::Failing => "Pilothouse: something is failing",
            Self::PersonNeeded => "Pilothouse: something waits for a person",
            Self::UnderWay => "Pilothouse: a deployment is under way",
            Self::NotConnected => "Pilothouse: not connected",
            Self::Calm => "Pilothouse: all is well",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TrayState::{self, Calm, Failing, NotConnected, PersonNeeded, UnderWay};

    #[test]
    fn the_most_urgent_is_shown() {
        assert_eq!(TrayState::of(1, 1, 1, 0), Failing);
        assert_eq!(TrayState::of(0, 2, 1, 1), PersonNeeded);
        assert_eq!(TrayState::of(0, 0, 1, 1), UnderWay);
        assert_eq!(TrayState::of(0, 0, 0, 1), Calm);
        assert_eq!(TrayState::of(0, 0, 0, 0), NotConnected);
    }

    #[test]
    fn each_state_has_an_icon_of_its_own() {
        let icons = [Failing, PersonNeeded, UnderWay, NotConnected, Calm].map(TrayState::icon);
        for (index, icon) in icons.iter().enumerate() {
            assert!(icon.starts_with(b"\x89PNG"), "{index}");
            assert!(!icons[..index].contains(icon), "{index}");
        }
    }
}
