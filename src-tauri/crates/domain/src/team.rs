//! Who approves in a product: roles with the people who have them, and what every environment asks for besides its own rules. Where
//! both ask, the rules merge: the higher minimum counts, and everybody who is named by either.
//!
//! A person who has two roles stands for both with one vote, so that small teams don't block themselves. Source: GitLab, "Deployment
//! approvals", and what its users ask for (!150033).

use crate::product::EnvironmentRules;
use serde::{Deserialize, Serialize};

/// What a product asks for of approvals, everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRules {
    /// The roles that there are. At most 20.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// How many different people must approve a release, at least, before it may come to any environment. 0 to 20.
    #[serde(default)]
    pub required_approvals: u8,
    /// People who must be among them, by name. At most 20.
    #[serde(default)]
    pub required_approvers: Vec<String>,
    /// Roles of which somebody must be among them, by name.
    #[serde(default)]
    pub required_roles: Vec<String>,
}

/// A role, and who has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name: `QA`.
    pub name: String,
    /// Who has it, by name. At most 50.
    pub members: Vec<String>,
}

impl TeamRules {
    /// True where nothing is asked for.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl EnvironmentRules {
    /// These rules together with those of the product. What comes of it is judged by, and never stored. A path for hotfixes stays as it is:
    /// it is meant to be shorter.
    #[must_use]
    pub fn merged_with(&self, team: &TeamRules) -> Self {
        let mut merged = self.clone();
        merged.required_approvals = merged.required_approvals.max(team.required_approvals);
        join(&mut merged.required_approvers, &team.required_approvers);
        join(&mut merged.required_roles, &team.required_roles);
        let asked = |role: &&Role| merged.required_roles.iter().any(|name| is_same(name, &role.name));
        merged.roles = team.roles.iter().filter(asked).cloned().collect();
        // A role that was taken away is still asked for: nobody has it, and people are told.
        for name in &merged.required_roles {
            if !merged.roles.iter().any(|role| is_same(name, &role.name)) {
                merged.roles.push(Role { name: name.clone(), members: Vec::new() });
            }
        }
        merged
    }
}

fn join(names: &mut Vec<String>, more: &[String]) {
    for name in more {
        if !names.iter().any(|known| is_same(known, name)) {
            names.push(name.clone());
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_minimum_and_everybody_who_is_named_count() {
        let own = EnvironmentRules {
            required_approvals: 1,
            required_approvers: vec!["Lea".into()],
            required_roles: vec!["QA".into()],
            ..EnvironmentRules::default()
        };
        let team = TeamRules {
            roles: vec![
                Role { name: "qa".into(), members: vec!["Aiko".into()] },
                Role { name: "Owners".into(), members: vec!["Mira".into()] },
                Role { name: "Others".into(), members: vec!["Jonas".into()] },
            ],
            required_approvals: 2,
            required_approvers: vec!["lea".into(), "Noor".into()],
            required_roles: vec!["Owners".into(), "DBA".into()],
        };
        let merged = own.merged_with(&team);
        assert_eq!(
            (merged.required_approvals, merged.required_approvers.as_slice()),
            (2, ["Lea".to_owned(), "Noor".to_owned()].as_slice())
        );
        let roles: Vec<(&str, usize)> = merged.roles.iter().map(|role| (role.name.as_str(), role.members.len())).collect();
        assert_eq!(roles, [("qa", 1), ("Owners", 1), ("DBA", 0)], "one that nobody has is still asked for");
        assert_eq!(own.merged_with(&TeamRules::default()).required_approvals, 1);
    }
}
