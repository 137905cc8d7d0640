"""Deleting what was deployed."""

import pytest


@pytest.fixture
def deployed(account):
    account.deploy()
    return account


@pytest.mark.parametrize("typed", ["", "yes\n", "fastfusion-prod\n", "fastfusion\n"])
def test_nothing_is_deleted_without_the_name(deployed, typed):
    assert deployed.run("destroy", "dev", typed=typed) == 1
    assert "Nothing was deleted." in deployed.said
    assert deployed.changes == []


def test_stacks_are_deleted_in_the_order_in_which_they_need_each_other(deployed):
    assert deployed.run("destroy", "dev", typed="fastfusion-dev\n") == 0, deployed.said
    assert deployed.changes == ["aws s3 rm s3://files"] + ["aws cloudformation delete-stack"] * 4
    stacks = [one["--stack-name"][0] for one in deployed.options("aws", "cloudformation", "delete-stack")]
    assert stacks == ["fastfusion-dev-site", "fastfusion-dev", "fastfusion-dev-kafka", "fastfusion-dev-network"]


def test_what_is_kept_is_named_with_how_to_remove_it(deployed):
    deployed.run("destroy", "dev", typed="fastfusion-dev\n")
    assert "aws dynamodb delete-table --table-name fastfusion-dev-UsersTable-1" in deployed.said
    assert "aws secretsmanager delete-secret --secret-id fastfusion-dev-TokenSecret-1" in deployed.said
    assert "aws ecr delete-repository --repository-name fastfusion/notification" in deployed.said
    assert "fastfusion-dev-secrets" in deployed.state["stacks"]


def test_a_second_time_finds_nothing(deployed):
    deployed.run("destroy", "dev", typed="fastfusion-dev\n")
    assert deployed.run("destroy", "dev", typed="fastfusion-dev\n") == 0, deployed.said
    assert deployed.changes == []
