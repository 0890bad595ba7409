"""Drives the range's GitHub with PyGithub, as its users do: list, trigger, follow, log, gate, cancel, release, run again. Production waits
for an approval. Address and token come from the environment; the first failed assertion ends it."""

import os

import github
import requests
from patience import until

URL, TOKEN, REPOSITORY = (os.environ[name] for name in ("RANGE_URL", "RANGE_TOKEN", "RANGE_REPOSITORY"))

client = github.Github(base_url=URL, auth=github.Auth.Token(TOKEN), retry=None)
assert client.get_user().login
assert client.get_rate_limit() is not None
repository = client.get_repo(REPOSITORY)
assert repository.full_name == REPOSITORY and repository.default_branch == "main"
tags = {tag.name: tag.commit.sha for tag in repository.get_tags()}
assert "v1.2.0" in tags, tags
assert "main" in [branch.name for branch in repository.get_branches()]
assert repository.compare("v1.1.0", "v1.2.0").ahead_by > 0
assert "production" in [environment.name for environment in repository.get_environments()]

workflow = repository.get_workflow("deploy.yml")
assert workflow.state == "active"


def start(environment, correlation):
    inputs = {"environment": environment, "version": "1.2.0", "pilothouse_run": correlation}
    assert workflow.create_dispatch("main", inputs)
    runs = lambda: [run for run in workflow.get_runs() if correlation in run.display_title]
    return until("a run", runs)[0]


def ended(run):
    return until("its end", lambda: (lambda read: read if read.status == "completed" else None)(repository.get_workflow_run(run.id)))


def pending(run):
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/vnd.github+json"}
    address = f"{URL}/repos/{REPOSITORY}/actions/runs/{run.id}/pending_deployments"
    waiting = until("a gate", lambda: requests.get(address, headers=headers, timeout=10).json())
    assert waiting[0]["current_user_can_approve"] is True, waiting
    return address, headers, waiting[0]["environment"]["id"]


run = ended(start("staging", "pygithub-1"))
assert run.conclusion == "success", run.conclusion
job = next(job for job in run.jobs() if job.name.startswith("deploy"))
assert job.conclusion == "success" and job.steps
assert requests.get(job.logs_url(), timeout=10).text
assert repository.get_deployments(environment="staging").totalCount >= 1
assert all(artifact.name and artifact.size_in_bytes > 0 for artifact in run.get_artifacts()), list(run.get_artifacts())
run.rerun()
again = ended(run)
assert (again.run_attempt, again.conclusion) == (2, "success"), again.run_attempt

gated = start("production", "pygithub-2")
address, headers, environment = pending(gated)
review = {"environment_ids": [environment], "state": "approved", "comment": "go"}
assert requests.post(address, json=review, headers=headers, timeout=10).ok
assert ended(gated).conclusion == "success"

stopped = start("production", "pygithub-3")
pending(stopped)
assert stopped.cancel()
assert ended(stopped).conclusion == "cancelled"

notes = repository.generate_release_notes("v9.0.0", previous_tag_name="v1.2.0", target_commitish="main")
repository.create_git_ref("refs/tags/v9.0.0", tags["v1.2.0"])
release = repository.create_git_release("v9.0.0", "Nine", notes.body)
assert repository.get_release("v9.0.0").id == release.id
assert release.name == "Nine" and not release.draft
try:
    repository.get_workflow_run(1)
    raise AssertionError("a run that isn't there was found")
except github.UnknownObjectException:
    pass
print("PyGithub is content")
