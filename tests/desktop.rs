//! Tests of the real window, through WebDriver, in a desktop session of their own.

mod alert;
mod axe;
mod by_hand;
mod calendar;
mod checklists;
mod command;
mod coordinated;
mod documents;
mod driver;
mod elsewhere;
mod first_run;
mod forms;
mod four_providers;
mod gates;
mod hotfix;
mod issues;
mod journey;
#[cfg(target_os = "linux")]
mod keychain;
mod network;
mod notifications;
mod page;
mod permissions;
mod phone;
mod picture;
mod pipelines;
mod practice;
mod publishing;
mod ready;
mod record;
mod rollout;
mod runbooks;
mod scheduling;
mod settings_file;
mod smoke;
mod startup;
mod surroundings;
#[cfg(target_os = "linux")]
mod tray;
mod uat;
mod unhappy;
mod unplanned;
mod votes;
mod window;
