"""Drives the range's GitLab with python-gitlab, as its users do: list, trigger, follow, log, gate, cancel, release, roll back. Production
waits for a person. Address and token come from the environment; the first failed assertion ends it."""

import os

import gitlab
from patience import until

URL, TOKEN, PROJECT = (os.environ[name] for name in ("RANGE_URL", "RANGE_TOKEN", "RANGE_REPOSITORY"))

client = gitlab.Gitlab(URL.removesuffix("/api/v4"), private_token=TOKEN, retry_transient_errors=False)
client.auth()
assert client.user.username and client.version()[0]
assert PROJECT in [project.path_with_namespace for project in client.projects.list(membership=True, get_all=True)]
project = client.projects.get(PROJECT)
assert project.default_branch == "main"
assert "v1.2.0" in [tag.name for tag in project.tags.list(get_all=True)]
assert "main" in [branch.name for branch in project.branches.list(get_all=True)]
assert project.repository_compare("v1.1.0", "v1.2.0")["commits"]
assert "production" in [environment.name for environment in project.environments.list(get_all=True)]


def start(environment, correlation):
    variables = [{"key": "PILOTHOUSE_RUN", "value": correlation}]
    return project.pipelines.create({"ref": "main", "inputs": {"environment": environment, "version": "1.2.0"}, "variables": variables})


def status(pipeline):
    return project.pipelines.get(pipeline.id).status


def ended(pipeline):
    return until("its end", lambda: status(pipeline) if status(pipeline) in ("success", "failed", "canceled", "skipped") else None)


def job_of(pipeline, word):
    jobs = lambda: [job for job in pipeline.jobs.list(get_all=True) if word in job.name]
    return project.jobs.get(until(f"a job {word}", jobs)[0].id)


pipeline = start("staging", "python-gitlab-1")
assert ended(pipeline) == "success"
assert any(one.value == "python-gitlab-1" for one in pipeline.variables.list(get_all=True))
job = job_of(pipeline, "deploy")
assert job.status == "success" and job.trace()
deployment = project.deployments.list(environment="staging", order_by="id", sort="desc", get_all=False)[0]
assert deployment.status == "success"
job.retry()
until("another job", lambda: job_of(pipeline, "deploy").id > job.id)
assert until("its end", lambda: ended(pipeline)) == "success"

gated = start("production", "python-gitlab-2")
manual = until("a gate", lambda: next((job for job in gated.jobs.list(get_all=True) if job.status == "manual"), None))
blocked = next(one for one in project.deployments.list(environment="production", order_by="id", sort="desc", get_all=True) if one.deployable["id"] == manual.id)
assert blocked.status == "blocked", blocked.status
blocked.approval("approved", comment="seen")
project.jobs.get(manual.id).play()
assert ended(gated) == "success"

stopped = start("production", "python-gitlab-3")
until("a gate", lambda: any(job.status == "manual" for job in stopped.jobs.list(get_all=True)))
stopped.cancel()
assert ended(stopped) == "canceled"

project.tags.create({"tag_name": "v9.0.0", "ref": "main", "message": "Nine"})
release = project.releases.create({"tag_name": "v9.0.0", "name": "Nine", "description": "- more"})
assert project.releases.get("v9.0.0").name == release.name == "Nine"
try:
    project.pipelines.get(999999)
    raise AssertionError("a pipeline that isn't there was found")
except gitlab.GitlabGetError as error:
    assert error.response_code == 404
print("python-gitlab is content")
