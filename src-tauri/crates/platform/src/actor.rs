//! Who sits at the machine, by the name that colleagues know. Must not ask a provider: this is the operating system's account.

use pilothouse_domain::Actor;

/// The person whose account runs this process: the full name that the system knows, else the account's name.
///
/// On Unix the full name is the first field of GECOS (passwd(5)).
#[must_use]
pub fn current_person() -> Actor {
    let account = || ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let names = whoami::realname().into_iter().chain(whoami::username()).chain(account());
    Actor::person(first_name(names))
}

/// The first of `names` that says something, without control characters and outer blanks.
fn first_name(names: impl IntoIterator<Item = String>) -> String {
    names
        .into_iter()
        .map(|name| name.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "Unknown account".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_that_says_something_is_taken() {
        let names = |list: &[&str]| first_name(list.iter().map(|&n| n.to_owned()));
        assert_eq!(names(&["Mira Okafor", "mira"]), "Mira Okafor");
        assert_eq!(names(&["  ", "\u{1b}", "mira"]), "mira");
        assert_eq!(names(&["Mira\nOkafor "]), "MiraOkafor");
        assert_eq!(names(&[]), "Unknown account");
    }

    #[test]
    fn this_process_has_somebody_behind_it() {
        assert!(matches!(current_person(), Actor::Person { name } if !name.is_empty()));
    }
}
