//! The wire contract between this process and the window: which commands and events there are, and their TypeScript. Must hold no
//! type of its own.

use crate::commands::{
    audit, calendar, checklists, checks, connections, coordination, deployments, documents, gates, host, locks, lookups, overview,
    pipelines, practice, products, record, releases, rollbacks, runbooks, scheduling, settings_files, smoke, uat, unplanned,
};
use crate::events::{Changed, StartupChanged};
use crate::place::PlaceRequested;
use specta_typescript::Typescript;
use std::path::Path;
use tauri::Wry;
use tauri_specta::{Builder, collect_commands, collect_events};

/// Everything that the window may call and hear.
pub(crate) fn contract() -> Builder<Wry> {
    Builder::new()
        // One type per thing, whichever way it goes: what may be left out is `null`.
        .disable_serde_phases()
        .commands(collect_commands![
            host::startup_state,
            host::retry_startup,
            host::ui_ready,
            host::take_place,
            host::open_link,
            connections::provider_kinds,
            connections::list_connections,
            connections::add_connection,
            connections::verify_connection,
            connections::replace_token,
            connections::remove_connection,
            connections::edit_network,
            lookups::repositories,
            lookups::repository,
            lookups::provider_environments,
            lookups::pipelines,
            lookups::describe_pipeline,
            lookups::refs,
            pipelines::browse_repositories,
            pipelines::browse_pipelines,
            pipelines::pipeline_runs,
            pipelines::pipeline_run,
            pipelines::run_log,
            pipelines::manual_run_outlook,
            pipelines::start_manual_run,
            pipelines::rerun_run,
            pipelines::cancel_run,
            pipelines::manual_runs,
            pipelines::get_manual_run,
            pipelines::look_for_manual_run,
            pipelines::list_holds,
            pipelines::set_hold,
            pipelines::held_pipelines,
            products::list_products,
            products::get_product,
            products::add_product,
            products::change_product,
            products::remove_product,
            products::suggest_product,
            products::choose_folder,
            products::inspect_clone,
            products::product_clone,
            products::set_product_clone,
            products::product_refs,
            settings_files::save_settings_file,
            settings_files::look_at_settings,
            settings_files::apply_settings,
            settings_files::look_at_repository_settings,
            settings_files::keep_settings_in_repository,
            settings_files::set_settings_here,
            releases::list_releases,
            releases::get_release,
            releases::draft_release,
            releases::edit_release,
            releases::plan_release,
            releases::request_approval,
            releases::vote,
            releases::review_hotfix,
            releases::complete_release,
            releases::abort_release,
            releases::mark_release_bad,
            releases::unmark_release,
            releases::set_target_date,
            releases::propose_release,
            releases::release_publication,
            releases::create_release_tag,
            releases::publish_release,
            releases::generate_notes,
            releases::compare_release,
            deployments::start_deployment,
            deployments::get_deployment,
            deployments::list_deployments,
            deployments::cancel_deployment,
            deployments::decide,
            deployments::pause_deployment,
            deployments::resume_deployment,
            deployments::skip_phase,
            deployments::promote_fully,
            deployments::change_phases,
            deployments::preview_phases,
            deployments::hold_rollback,
            deployments::take_question,
            deployments::rollout_templates,
            deployments::job_log,
            gates::list_gates,
            gates::get_gate,
            gates::answer_gate,
            gates::look_at_gates,
            rollbacks::rollback_options,
            rollbacks::rollback_way,
            rollbacks::start_rollback,
            locks::list_locks,
            locks::set_lock,
            locks::lift_lock,
            calendar::calendar,
            calendar::put_calendar_window,
            calendar::preview_calendar_window,
            calendar::withdraw_calendar_window,
            calendar::override_freeze,
            calendar::withdraw_freeze_override,
            calendar::list_freeze_overrides,
            calendar::import_calendar,
            calendar::save_calendar,
            scheduling::preview_start,
            scheduling::schedule_start,
            scheduling::move_start,
            scheduling::withdraw_start,
            scheduling::start_at_once,
            scheduling::get_start,
            scheduling::list_trains,
            scheduling::put_train,
            scheduling::withdraw_train,
            scheduling::skip_departure,
            scheduling::drop_departure,
            scheduling::depart_now,
            scheduling::rehearse_release,
            coordination::list_coordinated_releases,
            coordination::get_coordinated_release,
            coordination::create_coordinated_release,
            coordination::rename_coordinated_release,
            coordination::put_coordinated_member,
            coordination::remove_coordinated_member,
            coordination::close_coordinated_release,
            coordination::preview_coordinated_run,
            coordination::start_coordinated_run,
            coordination::answer_coordinated_run,
            coordination::cancel_coordinated_run,
            coordination::preview_joint_rollback,
            coordination::start_joint_rollback,
            checklists::release_checklists,
            checklists::begin_checklist,
            checklists::tick_items,
            checklists::reopen_items,
            checklists::skip_items,
            checklists::assign_items,
            checklists::add_own_item,
            checklists::remove_own_item,
            checklists::take_over_publication,
            checklists::list_checklist_templates,
            checklists::put_checklist_template,
            checklists::publish_checklist_template,
            checklists::remove_checklist_template,
            checklists::import_checklist_items,
            checklists::import_checklist_issue,
            checklists::attach_evidence,
            checklists::withdraw_evidence,
            checklists::preview_evidence,
            checklists::save_evidence,
            documents::list_documents,
            documents::get_document,
            documents::release_documents,
            documents::put_document,
            documents::write_document,
            documents::take_document,
            documents::review_document,
            documents::confirm_reading,
            documents::retire_document,
            documents::list_courses,
            documents::release_training,
            documents::put_course,
            documents::retire_course,
            documents::put_session,
            documents::cancel_session,
            documents::record_attendance,
            documents::acknowledge_course,
            documents::answer_quiz,
            documents::withdraw_training,
            documents::correct_training,
            documents::save_session_calendar,
            runbooks::list_runbooks,
            runbooks::put_runbook,
            runbooks::publish_runbook,
            runbooks::remove_runbook,
            runbooks::set_runbook_rule,
            runbooks::begin_runbook,
            runbooks::get_runbook_run,
            runbooks::act_on_runbook,
            runbooks::release_runbook,
            runbooks::attach_runbook,
            runbooks::detach_runbook,
            runbooks::acknowledge_runbook,
            runbooks::withdraw_acknowledgement,
            record::delivery_metrics,
            record::release_review,
            record::write_review,
            record::set_review_action,
            record::close_review,
            record::preview_report,
            record::save_release_report,
            record::save_release_bundle,
            record::bundle_key,
            uat::release_uat_rounds,
            uat::get_uat_round,
            uat::begin_uat_round,
            uat::edit_uat_round,
            uat::add_tester,
            uat::remove_tester,
            uat::record_outcome,
            uat::sign_off_round,
            uat::withdraw_sign_off,
            uat::give_up_round,
            uat::list_feedback,
            uat::give_feedback,
            uat::triage_feedback,
            uat::resolve_feedback,
            uat::answer_feedback,
            uat::import_feedback,
            uat::set_tracker,
            uat::read_tracker,
            uat::draft_issue,
            uat::file_issue,
            uat::tell_issue,
            uat::settle_errand,
            uat::invite_tester,
            uat::withdraw_invitation,
            uat::feedback_form,
            uat::set_feedback_form,
            checks::try_check,
            checks::put_check,
            checks::remove_check,
            checks::health,
            checks::check_history,
            checks::measure_now,
            checks::list_incidents,
            checks::acknowledge_incident,
            smoke::smoke_panel,
            smoke::get_smoke_run,
            smoke::run_smoke,
            smoke::cancel_smoke_run,
            smoke::import_report,
            smoke::smoke_scenarios,
            smoke::put_smoke_scenario,
            smoke::remove_smoke_scenario,
            smoke::check_smoke,
            smoke::try_smoke,
            smoke::set_smoke_target,
            smoke::collect_reports,
            smoke::set_report_rule,
            smoke::set_smoke_secret,
            unplanned::list_unplanned_runs,
            unplanned::get_unplanned_run,
            unplanned::explain_unplanned_run,
            overview::overview,
            overview::inbox,
            overview::status,
            audit::audit_page,
            audit::verify_audit,
            audit::audit_head,
            practice::open_practice_range,
            practice::practice_range_state,
            practice::close_practice_range,
            practice::practise_over,
            practice::range_protect,
            practice::range_fault_order,
            practice::range_fault_clear,
            practice::range_push,
        ])
        .events(collect_events![StartupChanged, Changed, PlaceRequested])
}

/// Writes the TypeScript side to `path`.
///
/// # Errors
/// Where a type can't be expressed in TypeScript, or the file can't be written.
pub fn export(path: &Path) -> Result<(), specta_typescript::Error> {
    contract().export(Typescript::default(), path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use std::collections::BTreeSet;

    /// The commands that the written bindings call.
    fn called() -> BTreeSet<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bindings.ts");
        export(&path).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let calls = text.split("__TAURI_INVOKE").filter(|rest| rest.starts_with(['(', '<']));
        calls.filter_map(|rest| rest.split('"').nth(1)).map(str::to_owned).collect()
    }

    #[test]
    fn each_command_is_permitted_by_a_line_and_no_line_is_left_over() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let capability = std::fs::read_to_string(root.join("capabilities/main.json")).unwrap();
        let capability: serde_json::Value = serde_json::from_str(&capability).unwrap();
        let granted: BTreeSet<&str> = capability["permissions"].as_array().unwrap().iter().filter_map(|p| p.as_str()).collect();
        let mut permitted = BTreeSet::new();
        for entry in std::fs::read_dir(root.join("permissions")).unwrap() {
            let path = entry.unwrap().path();
            let group = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(granted.contains(group.as_str()), "{group} is granted to no window");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(&format!("identifier = \"{group}\"")), "{group} is named by its file");
            let (_, commands) = text.split_once("commands.allow = [").unwrap();
            permitted.extend(commands.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        assert_eq!(called(), permitted);
        let outside: Vec<_> = granted.iter().filter(|name| name.contains(':')).collect();
        assert_eq!(outside, [&"core:event:allow-listen", &"core:event:allow-unlisten"], "nothing but our events beside our commands");
    }
}
