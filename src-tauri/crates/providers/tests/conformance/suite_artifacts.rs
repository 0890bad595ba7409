//! What a run leaves behind: listed, and read without the token going anywhere else.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::suite_runs::start;
use pilothouse_engine::ports::provider::{ArtifactLimits, Capability};

const LIMITS: ArtifactLimits = ArtifactLimits { download_bytes: 1 << 20, files: 10, file_bytes: 1 << 20, unpacked_bytes: 1 << 20 };

pub(crate) async fn the_reports_of_a_run_are_listed_and_read<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let id = start(&*provider, &facts.repository, &stand_in.deploy("staging", "left-1"), "left-1").await.external_id;
    stand_in.ended(&id).await;
    let run = provider.run(&facts.repository, &id).await.unwrap();
    let listed = provider.artifacts(&facts.repository, &run).await;
    if !provider.capabilities().has(Capability::Artifacts) {
        assert_eq!(listed, Err(provider.capabilities().refusal(Capability::Artifacts)));
        return;
    }
    let listed = listed.unwrap();
    assert!(listed.iter().all(|artifact| artifact.why_not.is_none() && !artifact.name.is_empty()), "{listed:?}");
    let wanted = |path: &str| path.ends_with("junit-smoke.xml");
    let (mut found, mut limited) = (Vec::new(), 0);
    for artifact in &listed {
        let read = provider.artifact_files(&facts.repository, &run, artifact, &wanted, &LIMITS).await.unwrap();
        assert_eq!(read.left_out, Vec::<String>::new());
        if !read.files.is_empty() {
            let tiny = ArtifactLimits { download_bytes: 20, ..LIMITS };
            let refused = provider.artifact_files(&facts.repository, &run, artifact, &wanted, &tiny).await.unwrap_err();
            assert!(refused.message.contains("is larger than"), "{refused:?}");
            limited += 1;
        }
        found.extend(read.files);
    }
    let [report] = &found[..] else { panic!("one report of the questions to the fleet: {listed:?}") };
    assert!(report.text.contains("<testsuites") && report.text.contains("failures=\"0\""), "{}", report.text);
    assert_eq!((limited, stand_in.leaks()), (1, 0));
}
