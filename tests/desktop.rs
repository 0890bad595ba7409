//! Tests of the real window, through WebDriver, in a desktop session of their own.

mod alert;
mod axe;
mod command;
mod driver;
mod first_run;
mod journey;
mod notifications;
mod page;
mod permissions;
mod picture;
mod practice;
mod startup;
mod surroundings;
#[cfg(target_os = "linux")]
mod tray;
mod window;
