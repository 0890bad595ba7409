//! What a refusal to create a tag means where the provider says the same of one that is there already and of any mistake: what the tag
//! points at decides. Must not ask anything itself.

use crate::failure::failure;
use pilothouse_engine::ports::provider::{NewTag, ProviderError, ProviderErrorKind};

/// What a refused tag comes to, as it stands now: `there` is the commit that it points at.
pub(crate) fn tag_there_already(
    tag: &NewTag,
    about: &str,
    provider: &str,
    there: Result<String, ProviderError>,
    refusal: ProviderError,
) -> Result<(), ProviderError> {
    match there {
        Ok(commit) if commit == tag.commit => Ok(()),
        Ok(commit) => Err(failure(
            ProviderErrorKind::Conflict,
            format!("The {about} is there already, at another commit ({commit})."),
            format!("Choose another tag, or delete that one at {provider}."),
        )),
        // It isn't there, so that something else is wrong; or that can't be told, and the refusal says the most.
        Err(_) => Err(refusal),
    }
}

/// That a tag has its release already.
pub(crate) fn released_already(mut error: ProviderError, tag: &str, repository: &str, provider: &str) -> ProviderError {
    error.kind = ProviderErrorKind::Conflict;
    error.message = format!("{tag} has a release in {repository} already.");
    error.next_step = format!("Change that release at {provider}, or choose another tag.");
    error
}
