//! The provider that does as it is told. Must not decide anything by itself.

use super::*;

#[async_trait]
impl Provider for Fakes {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    async fn verify(&self) -> Result<VerifiedAccount, ProviderError> {
        if let Some(certificate) = self.0.certificate.lock().unwrap().clone()
            && self.1 != Some(certificate.fingerprint)
        {
            return Err(untrusted(certificate, self.1));
        }
        let account = Account { login: "mira".into(), scopes: vec!["repo".into()], expires_at: None };
        let rate_limit = Some(RateLimit { limit: 5_000, remaining: 4_999, resets_at: self.0.now() });
        self.0.answer(VerifiedAccount { account, missing: Vec::new(), rate_limit })
    }

    async fn repositories(&self, _query: &str) -> Result<Vec<Repository>, ProviderError> {
        self.0.answer(Vec::new())
    }

    async fn repository(&self, repository: &str) -> Result<Repository, ProviderError> {
        self.0.answer(Repository {
            full_name: repository.into(),
            default_branch: "main".into(),
            description: String::new(),
            can_write: Some(true),
        })
    }

    async fn environments(&self, _repository: &str) -> Result<Vec<String>, ProviderError> {
        self.0.answer(vec!["production".into(), "staging".into()])
    }

    async fn pipelines(&self, _repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
        self.0.answer(vec![PipelineSummary { pipeline: "deploy.yml".into(), title: "Deploy".into(), is_active: true }])
    }

    async fn describe_pipeline(&self, _repository: &str, _pipeline: &str, _git_ref: &str) -> Result<PipelineDescription, ProviderError> {
        let inputs =
            vec![text_input("version", true, false), text_input("environment", true, false), text_input("request_id", false, true)];
        self.0.answer(PipelineDescription { obstacle: None, inputs })
    }

    async fn refs(&self, _repository: &str) -> Result<Vec<SourceRef>, ProviderError> {
        let tags = self.0.tags.lock().unwrap().clone();
        self.0.answer(tags.into_iter().map(|name| SourceRef { kind: SourceKind::Tag, name, commit: "000".into() }).collect())
    }

    async fn commits(&self, _repository: &str, _git_ref: &str, _limit: u8) -> Result<Vec<Commit>, ProviderError> {
        self.0.answer(Vec::new())
    }

    async fn resolve(&self, _repository: &str, kind: SourceKind, name: &str) -> Result<SourceRef, ProviderError> {
        if kind == SourceKind::Tag && *self.0.publishes.lock().unwrap() {
            let commit = self.0.refs.lock().unwrap().get(name).cloned();
            let gone = ProviderError { kind: ProviderErrorKind::NotFound, message: format!("no tag {name}"), next_step: String::new() };
            return self.0.answer(commit)?.map(|commit| SourceRef { kind, name: name.into(), commit }).ok_or(gone);
        }
        self.0.answer(SourceRef { kind, name: name.into(), commit: "a41f9c2".into() })
    }

    async fn file(&self, _repository: &str, _commit: &str, path: &str) -> Result<String, ProviderError> {
        let gone = ProviderError { kind: ProviderErrorKind::NotFound, message: format!("no file {path}"), next_step: String::new() };
        let file = self.0.files.lock().unwrap().get(path).cloned();
        self.0.answer(file)?.ok_or(gone)
    }

    async fn compare(&self, _repository: &str, _base: &str, _head: &str) -> Result<Comparison, ProviderError> {
        let commit = Commit::from_message("a41f9c2".into(), "feat: export", "Jonas".into(), None);
        self.0.answer(Comparison { commits: vec![commit], ahead: 1, behind: 0, paths: Some(vec!["deploy/values.yaml".into()]) })
    }

    async fn create_tag(&self, _repository: &str, tag: &NewTag) -> Result<(), ProviderError> {
        self.0.mutate(|| {
            self.0.refs.lock().unwrap().insert(tag.name.clone(), tag.commit.clone());
        })
    }

    async fn create_release(&self, _repository: &str, new: &NewRelease) -> Result<ProviderRelease, ProviderError> {
        let made = ProviderRelease {
            external_id: "1".into(),
            tag: new.tag.clone(),
            title: new.title.clone(),
            notes: new.notes.clone(),
            published_at: Some(self.0.now()),
            url: format!("https://provider.example/{}", new.tag),
            assets: Vec::new(),
        };
        self.0.mutate(|| self.0.published.lock().unwrap().push(made.clone()))?;
        Ok(made)
    }

    async fn release(&self, _repository: &str, tag: &str) -> Result<Option<ProviderRelease>, ProviderError> {
        self.0.answer(self.0.published.lock().unwrap().iter().find(|release| release.tag == tag).cloned())
    }

    async fn generate_notes(&self, _repository: &str, tag: &NewTag, _since: Option<&str>) -> Result<String, ProviderError> {
        self.0.answer(format!("What is new in {}", tag.name))
    }

    async fn trigger(&self, _repository: &str, _pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
        *self.0.runs.lock().unwrap() += 1;
        let run = Run { status: RunStatus::Queued, ..self.0.run() };
        self.0.answer(Some(run))
    }

    async fn find_runs(&self, _repository: &str, _search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
        self.0.answer(Vec::new())
    }

    async fn run(&self, _repository: &str, _external_id: &str) -> Result<Run, ProviderError> {
        self.0.answer(self.0.run())
    }

    async fn artifacts(&self, _repository: &str, _run: &Run) -> Result<Vec<Artifact>, ProviderError> {
        self.0.answer(self.0.left_behind.lock().unwrap().iter().map(|(artifact, _)| artifact.clone()).collect())
    }

    async fn artifact_files(
        &self,
        _repository: &str,
        _run: &Run,
        artifact: &Artifact,
        wanted: Wanted<'_>,
        _limits: &ArtifactLimits,
    ) -> Result<ArtifactFiles, ProviderError> {
        let all = self.0.left_behind.lock().unwrap().clone();
        let of_this = all.into_iter().filter(|(known, _)| known.id == artifact.id).flat_map(|(_, files)| files);
        self.0.answer(ArtifactFiles { files: of_this.filter(|file| wanted(&file.path)).collect(), left_out: Vec::new() })
    }

    async fn cancel(&self, _repository: &str, _external_id: &str, _force: bool) -> Result<CancelAnswer, ProviderError> {
        self.0.answer(CancelAnswer::Accepted)
    }

    async fn rerun(&self, _repository: &str, _external_id: &str, _failed_only: bool) -> Result<(), ProviderError> {
        *self.0.run_status.lock().unwrap() = RunStatus::Succeeded;
        self.0.answer(())
    }

    async fn rollback_outlook(&self, _repository: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
        let closed = self.0.way_back_closed.lock().unwrap().clone();
        self.0.answer(match closed {
            Some(why) => RollbackOutlook::Closed { why },
            None => RollbackOutlook::Open { how: format!("run {} runs again", rollback.target_run), mark: "1".into() },
        })
    }

    async fn roll_back(&self, _repository: &str, _rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
        *self.0.ways_back.lock().unwrap() += 1;
        self.0.answer(Some(Run { status: RunStatus::Queued, ..self.0.run() }))
    }

    async fn gates(&self, _repository: &str) -> Result<Vec<Gate>, ProviderError> {
        self.0.answer(self.0.gates.lock().unwrap().clone())
    }

    async fn answer_gate(&self, _repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
        self.0.answers.lock().unwrap().push(answer.clone());
        let outcome = self.0.outcome.lock().unwrap().clone();
        if outcome == Ok(GateOutcome::Taken) {
            self.0.gates.lock().unwrap().retain(|gate| gate.external_id != answer.gate);
        }
        outcome
    }

    async fn job_log(&self, _repository: &str, _job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
        self.0.answer(Some(LogPart::of_whole("copying\ncopied\n".into(), from, true)))
    }

    async fn issues(&self, _repository: &str, search: &IssueSearch) -> Result<Issues, ProviderError> {
        if *self.0.issues_refused.lock().unwrap() {
            let message = "Resource not accessible by personal access token".into();
            return Err(ProviderError { kind: ProviderErrorKind::Forbidden, message, next_step: String::new() });
        }
        let fits = |issue: &&Issue| {
            search.label.as_ref().is_none_or(|label| issue.labels.contains(label))
                && search.changed_since.is_none_or(|since| issue.updated_at >= since)
        };
        let mut issues: Vec<Issue> = self.0.issues.lock().unwrap().iter().filter(fits).cloned().collect();
        issues.sort_by_key(|issue| issue.updated_at);
        self.0.answer(Issues { issues, is_cut: false })
    }

    async fn issue(&self, _repository: &str, number: u64) -> Result<Issue, ProviderError> {
        let gone = ProviderError { kind: ProviderErrorKind::NotFound, message: format!("no issue {number}"), next_step: String::new() };
        self.0.answer(())?;
        self.0.issues.lock().unwrap().iter().find(|issue| issue.number == number).cloned().ok_or(gone)
    }

    async fn create_issue(&self, _repository: &str, new: &NewIssue) -> Result<Issue, ProviderError> {
        let number = self.0.issues.lock().unwrap().len() as u64 + 1;
        let made = issue(number, &new.title, &new.body, &new.labels, self.0.now());
        self.0.mutate(|| self.0.issues.lock().unwrap().push(made.clone()))?;
        Ok(made)
    }

    async fn issue_comments(&self, _repository: &str, number: u64, _since: Timestamp) -> Result<Vec<IssueComment>, ProviderError> {
        let all = self.0.comments.lock().unwrap();
        let of = all.iter().filter(|(on, _)| *on == number);
        self.0.answer(of.map(|(_, body)| IssueComment { external_id: "1".into(), body: body.clone() }).collect())
    }

    async fn comment_on_issue(&self, _repository: &str, number: u64, body: &str) -> Result<(), ProviderError> {
        self.0.mutate(|| self.0.comments.lock().unwrap().push((number, body.to_owned())))
    }

    async fn change_issue(&self, _repository: &str, number: u64, change: &IssueChange) -> Result<(), ProviderError> {
        self.0.answer(())?;
        let now = self.0.now();
        for issue in self.0.issues.lock().unwrap().iter_mut().filter(|issue| issue.number == number) {
            issue.labels.extend(change.add_labels.iter().cloned());
            issue.is_open &= !change.close;
            issue.updated_at = now;
        }
        Ok(())
    }
}

/// An issue that somebody has written.
pub(crate) fn issue(number: u64, title: &str, body: &str, labels: &[String], at: Timestamp) -> Issue {
    Issue {
        number,
        title: title.into(),
        body: body.into(),
        author: "aiko".into(),
        labels: labels.to_vec(),
        is_open: true,
        created_at: at,
        updated_at: at,
        url: format!("https://provider.example/nordwind/checkout/issues/{number}"),
    }
}
