"""The end-to-end tests of `make test`, on what CloudFormation has deployed."""

import os
import pathlib
import re
import subprocess

from deployment import ROOT, Deployment

# Tests that are not run there, by the reason.
LEFT_OUT = {
    "they inject faults, or need a stack of their own": """
        alerts::a_killed_notification_service_delivers_once_after_its_restart
        dashboard::the_site_has_the_headers_of_its_file_and_the_apis_have_not
        emulator::
        erase_users::an_erasure_that_was_interrupted_is_finished
        erase_users::what_is_written_of_a_user_who_has_just_been_deleted_is_erased
        graphql_http::a_crash_is_an_answer_of_the_gateway_and_no_result
        graphql_http::introspection_can_be_switched_off
        jwks::a_new_key_is_rolled_in_while_tokens_of_the_old_one_stay_valid
        notification::a_flag_sends_to_another_ses
        notification::a_kill_in_the_middle_is_delivered_once_after_the_restart
        notification::a_wrong_token_sends_nothing_and_health_needs_none
        notification::retries_and_duplicates_show_as_such
        price_fanout::
        price_tick::overlapping_invocations_publish_the_same_prices_and_leave_no_gap
        registration_fanout::a_poisoned_record_goes_to_the_dead_letters_and_the_next_is_welcomed
        registration_fanout::an_outage_and_kills_lose_no_welcome_and_send_none_twice
        resuming::
        save_snapshot::what_is_asked_for_while_kafka_is_down_is_saved_once_it_is_back
        snapshot_writer::a_killed_writer_loses_nothing_and_saves_nothing_twice
        snapshot_writer::a_poisoned_record_goes_to_the_dead_letters_and_the_next_is_saved
        snapshot_writer::a_writer_that_dies_between_write_and_commit_saves_once
        snapshot_writer::an_outage_and_a_kill_of_the_notification_service_lose_no_confirmation
        ws_disconnect::
        ws_message::a_star_is_refused_where_there_are_too_many_users
        ws_operation::prices_that_fit_no_message_come_as_several_results_of_their_tick
        ws_operation_crashes::
    """,
    "they read what our emulator alone shows of its outbox and its front door": """
        graphiql::a_browser_gets_a_page_that_may_run_its_own_script_alone
        notification::an_email_and_a_text_message_are_in_the_outbox
        notification::the_outbox_is_a_page_too_and_for_this_machine_only
    """,
    "ministack does not say which subprotocol $connect has chosen, and this client insists on it": """
        ws_connect::the_subprotocol_is_negotiated
        ws_operation::
        ws_operation_ends::
        ws_operation_privacy::
    """,
    "ministack knows no gateway responses and no preflights, and joins headers that are repeated": """
        graphql_http::other_methods_are_unknown_routes
        register::browsers_may_ask_before_they_post
        save_snapshot::a_header_that_counts_may_be_there_once
        update_me::browsers_may_change_and_delete
    """,
    "ministack answers 403 where $connect answers 401": """
        delete_me::the_token_and_the_password_are_refused_everywhere
        ws_connect::a_bad_token_in_the_header_refuses_the_handshake
    """,
    "they take more invocations a second of one function than ministack was measured to manage": """
        ws_message::a_flood_is_limited
    """,
}
COMMAND = ["cargo", "test", "--quiet", "--workspace", "--test", "e2e", "--"]
# More would wait for each other there.
THREADS = 3


def test_the_end_to_end_tests_pass(deployment: Deployment, tmp_path: pathlib.Path):
    left_out = " ".join(LEFT_OUT.values()).split()
    listed = subprocess.run([*COMMAND, "--list"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = re.findall(r"^(\S+): test$", listed, re.MULTILINE)
    unknown = [one for one in left_out if not any(one in name for name in names)]
    assert not unknown, f"there are no such tests: {unknown}"
    described = tmp_path / "deployment.json"
    deployment.describe(described)
    skip = [argument for one in left_out for argument in ("--skip", one)]
    run = [*COMMAND, f"--test-threads={THREADS}", *skip]
    done = subprocess.run(run, cwd=ROOT, env={**os.environ, "E2E_DEPLOYMENT": str(described)}, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    passed = int(re.search(r"test result: ok\. (\d+) passed", done.stdout)[1])
    print(f"{passed} of {len(names)} end-to-end tests pass on the deployment")
    assert passed > 0.5 * len(names)
