//! The contract of the store, over SQLite, PostgreSQL and the memory: one suite, each test on a database of its own.
//!
//! PostgreSQL is reached at `PILOTHOUSE_TEST_POSTGRES_URL` (an empty database is enough; each test makes a schema of its own in
//! it). Where that is not set, its tests say that they were skipped.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod audit;
mod calendar;
mod catalogue;
mod changes;
mod checklists;
mod coordination;
mod damage;
mod documents;
mod fixtures;
mod following;
mod gates;
mod lab;
mod manual_runs;
mod measurements;
mod model;
mod opening;
mod outbox;
mod releases;
mod removal;
mod reviews;
mod runbooks;
mod scheduling;
mod schema;
mod smoke;
mod uat;
mod unplanned;

/// Runs each test on a laboratory of each engine.
macro_rules! contract {
    (on [$($engine:ident),+] $tests:tt) => {
        $(contract! { @engine $engine $tests })+
    };
    (@engine $engine:ident { $($group:ident :: $name:ident),+ $(,)? }) => {
        mod $engine {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let Some(lab) = crate::lab::Lab::$engine().await else { return };
                    crate::$group::$name(&lab).await;
                    lab.finish().await;
                }
            )+
        }
    };
}

/// What holds for each.
mod each {
    contract! {
        on [sqlite, postgres, memory] {
            audit::the_chain_verifies_in_pages_and_ends_with_the_head,
            audit::events_are_found_by_product_and_subject,
            catalogue::every_entity_comes_back_as_it_was_written,
            catalogue::lists_come_in_their_order,
            catalogue::a_stale_revision_is_refused,
            catalogue::a_stale_check_state_is_refused,
            catalogue::an_id_is_used_once,
            catalogue::what_is_taken_is_named,
            catalogue::what_is_missing_is_named,
            catalogue::places_are_swapped_in_one_change,
            catalogue::text_may_hold_anything,
            changes::a_change_that_fails_leaves_nothing,
            changes::a_change_without_audit_is_refused,
            changes::notices_name_what_changed,
            changes::concurrent_commits_leave_no_gap,
            changes::only_one_of_two_writers_wins,
            changes::old_notices_are_forgotten_and_ten_thousand_kept,
            changes::the_observer_can_refuse_and_can_lose_the_answer,
            checklists::checklists_are_listed_by_what_is_asked,
            checklists::a_content_is_kept_once_and_as_long_as_it_is_needed,
            checklists::a_product_takes_its_checklists_and_evidence_along,
            documents::documents_are_listed_and_searched,
            documents::training_goes_with_its_product,
            uat::rounds_and_feedback_are_listed_by_what_is_asked,
            reviews::a_release_has_one_review,
            calendar::windows_and_overrides_come_back_and_go_with_their_product,
            calendar::a_lock_over_everything_is_one_of_every_product,
            coordination::they_come_back_and_names_of_closed_ones_are_free,
            coordination::one_way_to_an_environment_is_open_at_a_time,
            coordination::an_alert_stands_beside_what_is_to_be_done,
            scheduling::starts_come_back_and_one_is_open_for_a_place,
            scheduling::trains_come_back_and_names_of_withdrawn_ones_are_free,
            scheduling::what_is_to_be_done_about_them_goes_with_their_product,
            following::own_commits_are_told,
            following::commits_of_another_handle_are_told,
            following::measurements_and_claims_are_not_told,
            gates::a_gate_is_found_by_whose_it_is,
            gates::one_gate_of_a_name_is_open_at_a_place,
            gates::a_gate_goes_with_what_it_belongs_to,
            manual_runs::a_run_by_hand_is_found_by_its_run,
            manual_runs::runs_by_hand_come_in_pages,
            measurements::a_page_is_newest_first,
            measurements::the_same_measurement_is_kept_once,
            measurements::pruning_is_bounded_and_takes_the_oldest,
            measurements::a_long_reason_is_cut,
            outbox::a_subject_has_one_entry,
            outbox::a_lease_keeps_others_out_until_it_runs_out,
            outbox::a_lease_survives_the_next_effect,
            outbox::a_clock_that_is_set_back_prolongs_no_wait,
            outbox::a_lease_has_one_holder_until_it_runs_out,
            outbox::taking_over_ends_the_leases_of_others,
            outbox::the_longest_due_come_first,
            outbox::holders_at_once_share_without_overlap,
            releases::pages_join_to_the_whole_list,
            releases::filters_hold_together,
            releases::votes_come_oldest_first,
            releases::votes_on_all_releases_come_in_pages,
            releases::the_policy_gets_what_it_asks_for,
            releases::one_deployment_at_a_time_holds_an_environment,
            removal::what_is_in_use_stays,
            removal::an_environment_takes_its_checks_along,
            removal::a_product_takes_its_environments_along,
            runbooks::runbooks_and_runs_are_listed_by_what_is_asked,
            runbooks::a_step_of_a_run_is_silent_and_its_end_is_told,
            runbooks::rules_and_what_is_attached_are_kept_once,
            smoke::scenarios_and_targets_are_kept,
            smoke::the_latest_run_of_each_subject_counts,
            smoke::a_run_is_written_step_by_step,
            smoke::runs_go_with_their_environment,
            smoke::old_exchanges_are_forgotten,
            smoke::reports_of_a_run_are_kept_once,
            unplanned::unplanned_runs_are_listed_by_what_is_asked,
            unplanned::an_attempt_of_a_run_is_told_of_once,
            unplanned::marks_and_budgets_are_kept_without_a_trace,
            unplanned::a_product_takes_its_unplanned_runs_and_their_alerts_along,
        }
    }
}

/// What takes a look behind the store.
mod databases {
    contract! {
        on [sqlite, postgres] {
            audit::events_can_not_be_changed_or_deleted,
            audit::an_edit_behind_the_store_is_found,
            damage::damaged_json_is_named_with_its_place,
            damage::a_word_from_elsewhere_is_named_with_its_place,
            damage::a_transaction_that_the_database_ends_breaks_nothing,
            model::the_databases_do_what_the_memory_does,
            opening::what_was_committed_is_there_after_reopening,
            opening::many_open_a_new_database_at_once,
            opening::a_newer_schema_is_refused,
            opening::another_text_of_a_migration_is_refused,
        }
    }
}

/// What only the memory can do.
mod alone {
    contract! {
        on [memory] {
            opening::a_snapshot_goes_its_own_way,
        }
    }
}
