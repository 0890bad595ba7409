//! Whether somebody shows tray icons. On Linux that is a program on the session bus (the StatusNotifierItem specification), which
//! may be missing, come late or go away; elsewhere the system does it always.

use tauri::AppHandle;

#[cfg(not(target_os = "linux"))]
pub(super) fn watch(app: AppHandle) {
    super::set_usable(&app, true);
}

#[cfg(target_os = "linux")]
pub(super) fn watch(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        if let Err(error) = follow(&app).await {
            super::set_usable(&app, false);
            tracing::info!(%error, "no tray: closing the window ends the app");
        }
    });
}

/// Follows the name of the tray's host on the session bus until the bus is gone.
#[cfg(target_os = "linux")]
async fn follow(app: &AppHandle) -> zbus::Result<()> {
    use futures::StreamExt as _;
    const HOST: &str = "org.kde.StatusNotifierWatcher";

    let bus = zbus::Connection::session().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    let mut changes = names.receive_name_owner_changed_with_args(&[(0, HOST)]).await?;
    let present = names.name_has_owner(zbus::names::BusName::try_from(HOST)?).await?;
    super::set_usable(app, present);
    while let Some(change) = changes.next().await {
        super::set_usable(app, change.args()?.new_owner().is_some());
    }
    super::set_usable(app, false);
    Ok(())
}
