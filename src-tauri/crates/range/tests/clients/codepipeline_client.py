"""Drives the range's CodePipeline with boto3, as its users do: list, trigger, follow, gate, stop, roll back, hold. Production waits for an
approval. Address and keys come from the environment; the first failed assertion ends it."""

import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from patience import until

URL, REGION = os.environ["RANGE_URL"], os.environ["AWS_DEFAULT_REGION"]
quick = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
client = boto3.client("codepipeline", endpoint_url=URL, region_name=REGION, config=quick)
assert boto3.client("sts", endpoint_url=URL, region_name=REGION, config=quick).get_caller_identity()["Arn"]

names = [one["name"] for page in client.get_paginator("list_pipelines").paginate() for one in page["pipelines"]]
assert "checkout-staging" in names and "checkout-production" in names, names
pipeline = client.get_pipeline(name="checkout-production")["pipeline"]
assert [stage["name"] for stage in pipeline["stages"]] == ["Source", "Build", "Production"]


def start(name, correlation):
    variables = [{"name": "VERSION", "value": "1.2.0"}, {"name": "PILOTHOUSE_RUN", "value": correlation}]
    return client.start_pipeline_execution(name=name, variables=variables, clientRequestToken=correlation)["pipelineExecutionId"]


def read(name, execution):
    return client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]


def ended(name, execution):
    over = ("Succeeded", "Failed", "Stopped", "Superseded")
    return until("its end", lambda: (lambda one: one if one["status"] in over else None)(read(name, execution)))


def gate(name, execution):
    def waiting():
        stages = client.get_pipeline_state(name=name)["stageStates"]
        for stage in stages:
            if (stage.get("latestExecution") or {}).get("pipelineExecutionId") != execution:
                continue
            for action in stage["actionStates"]:
                token = (action.get("latestExecution") or {}).get("token")
                if token:
                    return {"stageName": stage["stageName"], "actionName": action["actionName"], "token": token}
        return None

    return until("a gate", waiting)


def answer(name, execution, status):
    client.put_approval_result(pipelineName=name, result={"summary": "seen", "status": status}, **gate(name, execution))


first = start("checkout-staging", "boto3-1")
assert start("checkout-staging", "boto3-1") == first, "one request token, one execution"
assert ended("checkout-staging", first)["status"] == "Succeeded"
actions = client.list_action_executions(pipelineName="checkout-staging", filter={"pipelineExecutionId": first})["actionExecutionDetails"]
assert {action["status"] for action in actions} == {"Succeeded"}, actions
assert first in [one["pipelineExecutionId"] for one in client.list_pipeline_executions(pipelineName="checkout-staging")["pipelineExecutionSummaries"]]

second = start("checkout-staging", "boto3-2")
ended("checkout-staging", second)
back = client.rollback_stage(pipelineName="checkout-staging", stageName="Staging", targetPipelineExecutionId=first)["pipelineExecutionId"]
told = ended("checkout-staging", back)
assert (told["status"], told["executionType"]) == ("Succeeded", "ROLLBACK"), told
assert told["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == first

gated = start("checkout-production", "boto3-3")
answer("checkout-production", gated, "Approved")
assert ended("checkout-production", gated)["status"] == "Succeeded"
refused = start("checkout-production", "boto3-4")
answer("checkout-production", refused, "Rejected")
assert ended("checkout-production", refused)["status"] == "Failed"

stopped = start("checkout-production", "boto3-5")
gate("checkout-production", stopped)
client.stop_pipeline_execution(pipelineName="checkout-production", pipelineExecutionId=stopped, abandon=True, reason="a test")
assert ended("checkout-production", stopped)["status"] == "Stopped"

hold = {"pipelineName": "checkout-staging", "stageName": "Staging", "transitionType": "Inbound"}
client.disable_stage_transition(reason="a test", **hold)
client.enable_stage_transition(**hold)
try:
    client.get_pipeline(name="nothing")
    raise AssertionError("a pipeline that isn't there was found")
except ClientError as error:
    assert error.response["Error"]["Code"] == "PipelineNotFoundException", error
print("boto3 is content")
