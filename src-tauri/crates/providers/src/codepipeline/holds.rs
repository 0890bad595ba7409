//! Holding the way into a stage: executions wait before it until it is released.

use super::capabilities::CODEPIPELINE;
use super::client::{Call, Client};
use super::names::{absent, is_name};
use super::pipelines::{self, AT_ONCE};
use super::runs;
use super::structure::Structure;
use aws_sdk_codepipeline::types::StageTransitionType;
use futures::{StreamExt, TryStreamExt, stream};
use pilothouse_engine::ports::provider::{Capability, Hold, HoldTarget, ProviderError};
use std::sync::Arc;

/// What holding stops, and what not.
const STOPS: &str = "Runs can be started, and wait before this stage; what is in the stage goes on. In a pipeline that lets newer runs \
                     overtake, only the newest goes on when it is released.";
/// The longest reason, in characters.
const LONGEST_REASON: usize = 300;
/// The reason where none is given.
const NO_REASON: &str = "Held from Pilothouse";

/// The ways into the stages behind the sources, of all pipelines.
pub(super) async fn list(client: &Client) -> Result<Vec<Hold>, ProviderError> {
    let of = |structure: Arc<Structure>| async move {
        let state = runs::state(client, &structure.pipeline).await?;
        let mut holds = Vec::new();
        for stage in structure.stages.iter().filter(|stage| !stage.is_source()) {
            let read = state.stage_states().iter().find(|read| read.stage_name() == Some(&stage.name));
            let transition = read.and_then(|read| read.inbound_transition_state());
            let is_held = transition.is_some_and(|transition| !transition.enabled());
            let reason = transition.filter(|_| is_held).map(|transition| {
                let why = transition.disabled_reason().unwrap_or("no reason given");
                transition.last_changed_by().map_or_else(|| why.to_owned(), |by| format!("{why} ({by})"))
            });
            holds.push(Hold {
                target: HoldTarget::Stage { pipeline: structure.pipeline.clone(), stage: stage.name.clone() },
                title: format!("{} of {}", stage.name, structure.pipeline),
                is_held,
                reason,
                stops: STOPS,
            });
        }
        Ok::<_, ProviderError>(holds)
    };
    let structures = pipelines::structures(client).await?;
    let holds: Vec<Vec<Hold>> = stream::iter(structures).map(of).buffered(AT_ONCE).try_collect().await?;
    Ok(holds.into_iter().flatten().collect())
}

/// Holds or releases the way into a stage.
pub(super) async fn set(client: &Client, target: &HoldTarget, held: bool, reason: &str) -> Result<(), ProviderError> {
    let HoldTarget::Stage { pipeline, stage } = target else {
        return Err(CODEPIPELINE.refusal(Capability::Hold));
    };
    for name in [pipeline, stage] {
        if !is_name(name) {
            return Err(absent("stage", &format!("{pipeline}/{stage}")));
        }
    }
    let subject = format!("the way into stage {stage} of {pipeline}");
    let inbound = StageTransitionType::Inbound;
    if held {
        let reason = sanitised(reason);
        let call = Call::new("DisableStageTransition", subject);
        let send = |sdk: &aws_sdk_codepipeline::Client| {
            let hold = sdk.disable_stage_transition().pipeline_name(pipeline).stage_name(stage);
            hold.transition_type(inbound.clone()).reason(&reason).send()
        };
        client.once(&call, send).await?;
    } else {
        let call = Call::new("EnableStageTransition", subject);
        let send = |sdk: &aws_sdk_codepipeline::Client| {
            sdk.enable_stage_transition().pipeline_name(pipeline).stage_name(stage).transition_type(inbound.clone()).send()
        };
        client.once(&call, send).await?;
    }
    Ok(())
}

/// A reason as AWS takes it: 1 to 300 of `a-z A-Z 0-9 ! @ ( ) . * ? -` and spaces. What else there is becomes a space, or what
/// stands for it best.
fn sanitised(reason: &str) -> String {
    let one = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '!' | '@' | '(' | ')' | '.' | '*' | '?' | '-' => c,
        '[' | '{' => '(',
        ']' | '}' => ')',
        '_' | '–' | '—' | ':' | ';' | '/' => '-',
        _ => ' ',
    };
    let text: String = reason.chars().map(one).collect();
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_REASON).collect();
    let text = text.trim();
    if text.chars().any(|c| c.is_ascii_alphanumeric()) { text.to_owned() } else { NO_REASON.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_only_what_aws_takes() {
        assert_eq!(sanitised("Freeze: year-end, #42 [ops]\n"), "Freeze- year-end 42 (ops)");
        assert_eq!(sanitised("凍結"), NO_REASON);
        assert_eq!(sanitised(""), NO_REASON);
        let long = sanitised(&"é long word ".repeat(100));
        assert!((1..=LONGEST_REASON).contains(&long.len()), "{}", long.len());
        let taken = |c: char| c.is_ascii_alphanumeric() || " !@().*?-".contains(c);
        for text in ["a,b/c\\d", "\u{0}\u{1F600}x", "(ok) 100% @ 5*?", &long] {
            assert!(sanitised(text).chars().all(taken), "{text}");
        }
    }
}
