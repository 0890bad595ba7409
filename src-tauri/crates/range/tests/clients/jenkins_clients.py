"""Drives the range's Jenkins with two independent clients, as their users do. Address, user id and API token come from the environment;
the first failed assertion ends it."""

import os

import api4jenkins
import jenkins
from patience import until

URL, USER, TOKEN = (os.environ[name] for name in ("RANGE_URL", "RANGE_USER", "RANGE_TOKEN"))
JOB = "nordwind/checkout/deploy-version"


def with_python_jenkins():
    server = jenkins.Jenkins(URL, username=USER, password=TOKEN)
    assert server.get_whoami()["id"] == USER
    assert server.get_version()
    names = [job["fullname"] for job in server.get_all_jobs()]
    assert JOB in names and "nordwind/checkout/deploy/feature%2Fgift-cards" in names, names
    assert server.get_job_info(JOB)["buildable"] is True
    item = server.build_job(JOB, {"ENVIRONMENT": "staging", "VERSION": "1.2.0", "PILOTHOUSE_RUN": "python-jenkins"})
    number = until("a build", lambda: (server.get_queue_item(item).get("executable") or {}).get("number"))
    info = until("its end", lambda: (lambda read: None if read["building"] else read)(server.get_build_info(JOB, number)))
    assert info["result"] == "SUCCESS", info
    assert "Finished: SUCCESS" in server.get_build_console_output(JOB, number)
    server.disable_job(JOB)
    assert server.get_job_info(JOB)["buildable"] is False
    server.enable_job(JOB)
    assert server.get_queue_info() == []


def with_api4jenkins():
    client = api4jenkins.Jenkins(URL, auth=(USER, TOKEN))
    assert client.version
    job = client.get_job(JOB)
    assert job.buildable
    item = client.build_job(JOB, ENVIRONMENT="staging", VERSION="1.1.0", PILOTHOUSE_RUN="api4jenkins")
    build = until("a build", item.get_build)
    until("its end", lambda: not build.building)
    assert build.result == "SUCCESS", build.result
    assert any("is healthy" in line for line in build.console_text())


with_python_jenkins()
with_api4jenkins()
print("both clients are content")
