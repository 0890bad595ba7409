//! How WebKitGTK draws, chosen before GTK starts. Must run before this process has a second thread.

/// WebKitGTK's own switch. What the user has set stands, `0` included.
const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Without a GPU, WebKitGTK's default renderer costs seconds of CPU and 90 MiB, and stays black on some displays: it is
/// switched off where there is no render node.
#[cfg(target_os = "linux")]
pub(crate) fn choose() {
    if should_disable(std::env::var_os(VARIABLE).is_some(), has_render_node(std::path::Path::new("/dev/dri"))) {
        #[expect(unsafe_code, reason = "the environment can't be changed otherwise")]
        // SAFETY: `run` calls this first of all, while the process has one thread.
        unsafe {
            std::env::set_var(VARIABLE, "1");
        }
    }
}

/// Elsewhere the system draws.
#[cfg(not(target_os = "linux"))]
pub(crate) fn choose() {}

#[cfg(target_os = "linux")]
fn should_disable(set_by_user: bool, render_node: bool) -> bool {
    !set_by_user && !render_node
}

#[cfg(target_os = "linux")]
fn has_render_node(devices: &std::path::Path) -> bool {
    let Ok(entries) = std::fs::read_dir(devices) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_renderer_is_switched_off_only_without_a_gpu_and_a_wish() {
        assert!(should_disable(false, false));
        assert!(!should_disable(true, false));
        assert!(!should_disable(false, true));
    }

    #[test]
    fn a_render_node_is_found_by_its_name() {
        let devices = tempfile::tempdir().unwrap();
        assert!(!has_render_node(&devices.path().join("missing")));
        std::fs::write(devices.path().join("card0"), "").unwrap();
        assert!(!has_render_node(devices.path()));
        std::fs::write(devices.path().join("renderD128"), "").unwrap();
        assert!(has_render_node(devices.path()));
    }
}
