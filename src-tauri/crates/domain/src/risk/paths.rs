//! Which kinds of files a release changes. Must not read them: their paths tell enough.

use super::counted;
use crate::paths::matching;
use crate::policy::Facts;

/// A kind of file whose change is a risk of its own.
struct Kind {
    /// Its points.
    points: u8,
    /// In words: "2 migrations".
    word: &'static str,
    /// The paths that belong to it.
    patterns: &'static [&'static str],
}

/// The kinds. A file belongs to the first that knows it.
const KINDS: [Kind; 3] = [
    Kind {
        points: 13,
        word: "database migration",
        patterns: &[
            "**/migrations/**",
            "**/migration/**",
            "**/db/migrate/**",
            "**/alembic/versions/**",
            "**/changelog/**/*.{xml,yaml,yml,sql}",
            "**/*.sql",
            "**/schema.{rb,prisma}",
        ],
    },
    Kind {
        points: 8,
        word: "file of infrastructure or pipelines",
        patterns: &[
            "**/*.{tf,tfvars,bicep}",
            "**/{Dockerfile,Containerfile}*",
            "**/*compose*.{yml,yaml}",
            "**/{k8s,kubernetes,helm,charts,terraform,ansible,deploy}/**",
            "**/.github/workflows/**",
            "**/.gitlab-ci.yml",
            "**/Jenkinsfile*",
            "**/buildspec*.yml",
            "**/{nginx,haproxy}*.{conf,cfg}",
        ],
    },
    Kind {
        points: 4,
        word: "list of dependencies",
        patterns: &[
            "**/{Cargo.toml,Cargo.lock,package.json,package-lock.json,yarn.lock,pnpm-lock.yaml,go.mod,go.sum,pom.xml}",
            "**/{build.gradle,build.gradle.kts,Gemfile,Gemfile.lock,composer.json,composer.lock,poetry.lock,pyproject.toml,uv.lock}",
            "**/requirements*.txt",
            "**/*.{csproj,fsproj}",
        ],
    },
];

/// Points where nobody can tell: half of what there is.
const UNKNOWN: u8 = 13;

pub(super) fn touched(facts: &Facts<'_>) -> (u8, String) {
    let Some(changed) = &facts.release.changed_paths else {
        return (UNKNOWN, "Which files it changes is not known: half of the points.".to_owned());
    };
    let mut rest: Vec<&str> = changed.iter().map(|path| path.trim_start_matches('/')).collect();
    let (mut points, mut words) = (0_u8, Vec::new());
    for kind in &KINDS {
        let (found, others) = matching(kind.patterns, &rest);
        rest = others;
        if !found.is_empty() {
            points = points.saturating_add(kind.points);
            words.push(plural(found.len(), kind.word));
        }
    }
    match words.as_slice() {
        [] => (0, "No migrations, infrastructure or dependencies.".to_owned()),
        words => (points, format!("Changes {}.", words.join(", "))),
    }
}

fn plural(count: usize, word: &str) -> String {
    match word.split_once(' ') {
        // "2 files of infrastructure", "2 lists of dependencies".
        Some((head, tail)) if count != 1 && tail.starts_with("of ") => format!("{} {tail}", counted(count, head)),
        _ => counted(count, word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(path: &str) -> Vec<&'static str> {
        let mut rest = vec![path];
        let mut words = Vec::new();
        for kind in &KINDS {
            let (found, others) = matching(kind.patterns, &rest);
            if !found.is_empty() {
                words.push(kind.word);
            }
            rest = others;
        }
        words
    }

    #[test]
    fn each_file_belongs_to_one_kind() {
        for (path, kind) in [
            ("db/migrations/0007_orders.sql", Some("database migration")),
            ("migrations/0001_init.py", Some("database migration")),
            ("src/main/resources/db/changelog/007.yaml", Some("database migration")),
            ("report.sql", Some("database migration")),
            (".github/workflows/deploy.yml", Some("file of infrastructure or pipelines")),
            ("Dockerfile", Some("file of infrastructure or pipelines")),
            ("infra/main.tf", Some("file of infrastructure or pipelines")),
            ("docker-compose.prod.yml", Some("file of infrastructure or pipelines")),
            ("Cargo.lock", Some("list of dependencies")),
            ("web/package.json", Some("list of dependencies")),
            ("requirements-dev.txt", Some("list of dependencies")),
            ("src/basket.rs", None),
            ("docs/guide.md", None),
            ("web/package.json.md", None),
        ] {
            assert_eq!(kinds(path), kind.into_iter().collect::<Vec<_>>(), "{path}");
        }
    }

    #[test]
    fn all_kinds_together_give_all_points() {
        assert_eq!(KINDS.iter().map(|kind| kind.points).sum::<u8>(), super::super::RiskKind::Paths.most());
        assert_eq!(plural(1, KINDS[1].word), "1 file of infrastructure or pipelines");
        assert_eq!(plural(2, KINDS[1].word), "2 files of infrastructure or pipelines");
        assert_eq!(plural(2, KINDS[0].word), "2 database migrations");
    }
}
